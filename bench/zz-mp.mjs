/**
 * What the core costs per call: nanoseconds, and bytes of garbage.
 *
 *     npm run build && node bench/core.mjs [rounds=5]
 *
 * - Parts: what the prober does with a due timer and an ack, effects that do nothing.
 * - Membership: the same through the tenant, on a table of 100 members.
 * - Node: a datagram in, the answer encoded into a buffer, as the driver does it.
 *
 * Each figure is the median of the rounds (lowest..highest); bytes are the least seen.
 * @module
 */
import { fileURLToPath } from "node:url";
import { NodeMachine, PeerTable } from "hearsay/composition";
import { encode, Sfc32 } from "hearsay/kernel";
import { ACK, ALIVE, Membership, PING, resolveMembershipConfig } from "hearsay/membership";
import { Messaging } from "hearsay/messaging";
import { interleave, perCall, printMachine, spread, table, variantAsked } from "./measure.mjs";
import { Gossiper } from "../packages/hearsay/dist/membership/gossiper.js";
import { LocalHealth } from "../packages/hearsay/dist/membership/local-health.js";
import { Prober } from "../packages/hearsay/dist/membership/prober.js";

const MEMBERS = 100;
const NOTHING = () => {};
const config = resolveMembershipConfig();
const rng = new Sfc32(1, 2, 3);

const variants = {
  "prober: due timer that pings, then the ack (each)": proberRound,
  "prober: an ack for somebody else": proberStranger,
  "prober: a wake-up before its time": proberEarly,
  "gossiper: due timer, nothing to say": gossiperIdle,
  "membership: due timer that pings, then the ack (each)": membershipProbe,
  "membership: a known alive": membershipAlive,
  "membership: ping in, ack asked for": membershipPing,
  "node: ping datagram in, ack datagram out": nodePing,
  "node: due timer, ping datagram out, ack datagram in (both)": nodeProbe,
  "node: a known alive in a datagram": nodeAlive,
};

function report() {
  const rounds = Number(process.argv[2] ?? 5);
  printMachine();
  const figures = interleave(fileURLToPath(import.meta.url), Object.keys(variants), rounds);
  const rows = [...figures].map(([name, runs]) => {
    const ns = spread(runs.map((run) => run.ns));
    return [name, ns, String(Math.min(...runs.map((run) => run.bytes)))];
  });
  table([`${MEMBERS} members`, "ns per call", "garbage B"], rows);
}

// Parts.

function prober() {
  const member = { incarnation: 1 };
  let seq = 0;
  const part = new Prober(config, {
    health: new LocalHealth(config.awarenessMaxMultiplier),
    nextTarget: () => member,
    relays: () => [],
    nextSeq: () => (seq = (seq + 1) | 0),
  });
  part.start(0, rng);
  return { part, seq: () => seq };
}

const proberEffects = { ping: NOTHING, pingRequest: NOTHING, unreachable: NOTHING };

function proberRound() {
  const { part, seq } = prober();
  return perCall(() => {
    part.handleTimeout(part.deadline, rng, proberEffects);
    if (!part.handleAck(seq(), undefined, part.deadline, proberEffects))
      throw new Error("an ack that is not taken");
  }, 2);
}

function proberStranger() {
  const { part, seq } = prober();
  part.handleTimeout(part.deadline, rng, proberEffects);
  return perCall((i) => {
    if (part.handleAck(seq() + 1 + (i & 7), undefined, 0, proberEffects))
      throw new Error("an ack of somebody else's");
  });
}

function proberEarly() {
  const { part } = prober();
  return perCall(() => part.handleTimeout(-1, rng, proberEffects));
}

function gossiperIdle() {
  const none = [];
  const gossiper = new Gossiper(config, { gossipTargets: () => none, hasNews: () => false });
  gossiper.start(0, rng);
  let now = 0;
  return perCall(() => gossiper.handleTimeout((now += 200), rng, { gossip: NOTHING }));
}

// The tenant.

const QUIET = {
  send: NOTHING,
  sendTo: NOTHING,
  gossip: NOTHING,
  offer: NOTHING,
  dial: NOTHING,
  write: NOTHING,
  finish: NOTHING,
  abort: NOTHING,
  link: NOTHING,
  sendLinked: NOTHING,
  unlink: NOTHING,
  signal: NOTHING,
  notify: NOTHING,
  drop: NOTHING,
};

const nameOf = (i) => `node-${String(i).padStart(5, "0")}`;
const addressOf = (i) => `127.0.0.1:${20_000 + i}`;
const LOCALHOST = new Uint8Array([127, 0, 0, 1]);
const VERSIONS = new Uint8Array([1, 5, 2, 2, 5, 4]);

function aliveOf(i) {
  const news = { incarnation: 7, node: nameOf(i), addr: LOCALHOST, port: 20_000 + i };
  return { type: "alive", ...news, meta: undefined, versions: VERSIONS };
}

/** A membership that knows 100 members and probes for ever. */
function membership(peers) {
  // State exchanges have no place in these figures, so they are hours apart.
  return new Membership({
    name: nameOf(0),
    address: addressOf(0),
    peers,
    firstIncarnation: 1_700_000_000,
    config: { pushPullIntervalMs: 86_400_000 },
    now: 0,
  });
}

function membershipOf100() {
  const peers = new PeerTable();
  const tenant = membership(peers);
  tenant.handle({ type: "start", channels: 0 }, 0, rng, QUIET);
  for (let i = 1; i < MEMBERS; i++) {
    tenant.handle(messageFrom(i, aliveOf(i), peers), 0, rng, QUIET);
  }
  // As the node says when its queues are empty.
  tenant.handle({ type: "news", waiting: false }, 0, rng, QUIET);
  return { peers, tenant };
}

function messageFrom(i, message, peers) {
  const from = addressOf(i);
  return { type: "message", message, from, peer: peers.at(from), carrier: "datagram" };
}

function membershipProbe() {
  const { peers, tenant } = membershipOf100();
  const ack = { type: "ack", seq: 0, payload: undefined };
  const input = { type: "message", message: ack, from: "", peer: -1, carrier: "datagram" };
  const effects = {
    ...QUIET,
    send(peer, message) {
      ack.seq = message.seq;
      input.peer = peer;
      input.from = peers.addressOf(peer);
    },
  };
  const timeout = { type: "timeout" };
  return perCall(() => {
    for (const { seq } = ack; ack.seq === seq;)
      tenant.handle(timeout, tenant.deadline, rng, effects);
    tenant.handle(input, tenant.deadline - 1, rng, effects);
  }, 2);
}

function membershipPing() {
  const { peers, tenant } = membershipOf100();
  const input = messageFrom(1, pingOf(1), peers);
  return perCall(() => tenant.handle(input, 1, rng, QUIET));
}

function membershipAlive() {
  const { peers, tenant } = membershipOf100();
  const input = messageFrom(1, aliveOf(1), peers);
  return perCall(() => tenant.handle(input, 1, rng, QUIET));
}

function pingOf(i) {
  const source = { sourceAddr: LOCALHOST, sourcePort: 20_000 + i, sourceNode: nameOf(i) };
  return { type: "ping", seq: 123_456 + i, node: nameOf(0), ...source };
}

// The node.

/** Writes what is sent into a buffer, as the driver does, and keeps the last ping. */
class Host {
  buffer = new Uint8Array(1500);
  to = "";
  ping = undefined;

  datagram(to, _peer, packet) {
    this.to = to;
    packet.encodeInto(this.buffer, 5);
    const [{ message }] = packet.parts;
    if (message.type === "ping") this.ping = message;
  }

  open() {}
  write() {}
  finish() {}
  abort() {}
  notify() {}
}

/** A node whose queues are empty: the news of so many joins has gone out long ago. */
function nodeOf100() {
  const peers = new PeerTable();
  const name = nameOf(0);
  const tenant = membership(peers);
  const messaging = new Messaging({ name, epoch: 1_700_000_000, peers });
  const options = { name, address: addressOf(0), peers, tenants: [tenant, messaging] };
  const machine = new NodeMachine({ ...options, envelopeBytes: 5 });
  const host = new Host();
  machine.handle({ type: "start" }, 0, rng, host);
  for (let i = 1; i < MEMBERS; i++) {
    machine.handle(datagramFrom(i, encode(ALIVE, aliveOf(i))), 0, rng, host);
  }
  const timeout = { type: "timeout" };
  const ack = { type: "ack", seq: 0, payload: undefined };
  const buffer = new Uint8Array(64);
  /** Lets time pass until a member has been probed, and lets it answer. */
  const probe = () => {
    for (host.ping = undefined; host.ping === undefined;) {
      if (machine.deadline === Infinity) throw new Error("a node that waits for nothing");
      machine.handle(timeout, machine.deadline, rng, host);
    }
    ack.seq = host.ping.seq;
    const bytes = buffer.subarray(0, ACK.encodeInto(ack, buffer, 0));
    machine.handle({ type: "datagram", from: host.to, bytes }, machine.deadline - 1, rng, host);
  };
  for (let i = 0; i < 200; i++) probe();
  return { machine, host, probe };
}

function datagramFrom(i, bytes) {
  return { type: "datagram", from: addressOf(i), bytes };
}

function nodePing() {
  const { machine, host } = nodeOf100();
  const input = datagramFrom(1, encode(PING, pingOf(1)));
  const now = machine.deadline - 1;
  return perCall(() => machine.handle(input, now, rng, host));
}

function nodeProbe() {
  return perCall(nodeOf100().probe);
}

function nodeAlive() {
  const { machine, host } = nodeOf100();
  const input = datagramFrom(1, encode(ALIVE, aliveOf(1)));
  const now = machine.deadline - 1;
  return perCall(() => machine.handle(input, now, rng, host));
}

const loops = membershipLoop(); process.exit(0);
function membershipLoop() {
  const { peers, tenant } = membershipOf100();
  const ack = { type: "ack", seq: 0, payload: undefined };
  const input = { type: "message", message: ack, from: "", peer: -1, carrier: "datagram" };
  const effects = { ...QUIET, send(peer, message) { ack.seq = message.seq; input.peer = peer; input.from = peers.addressOf(peer); } };
  const timeout = { type: "timeout" };
  const run = () => { for (const { seq } = ack; ack.seq === seq;) tenant.handle(timeout, tenant.deadline, rng, effects); tenant.handle(input, tenant.deadline - 1, rng, effects); };
  for (let k = 0; k < 6; k++) { const c = process.cpuUsage(); for (let i = 0; i < 3e6; i++) run(); const d = process.cpuUsage(c); console.log((d.user + d.system) / 6e6 * 1e3); }
}
