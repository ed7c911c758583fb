/**
 * A virtual cluster: hosts, a network and a clock, all of it a pure function of a seed.
 *
 *     const world = new World({ seed: 7, network: { latencyMs: [1, 10], loss: 0.05 } });
 *     world.add("a", { tenants: (context) => [ … ] });
 *     world.command("a", "membership", { … });
 *     world.run(1500);
 *     world.events        what the nodes have told their applications, and when
 *
 * A world knows no tenant by name. The same seed and the same calls give the same events, in every engine.
 * An input handed to a machine is a step: a datagram, a stream input, a due deadline, a command; a timer
 * that rings early is none.
 * @module
 */
import { crc32, PlainEnvelope, StreamEnvelope } from "../codec/index.ts";
import { PeerTable } from "../composition/index.ts";
import type { NodeMachine, NodeStats } from "../composition/index.ts";
import type { RecentTroubles } from "../diagnosis/index.ts";
import { later, NEVER, optionError, parseAddress, Sfc32 } from "../kernel/index.ts";
import type { Address, Command, Instant, Saved } from "../kernel/index.ts";
import { Hosts } from "./hosts.ts";
import type { NetworkCounts } from "./network-counts.ts";
import { Network } from "./network.ts";
import { FirstNodeCounts } from "./node-counts.ts";
import type { NodeCounts } from "./node-counts.ts";
import type { HostSurroundings } from "./host-surroundings.ts";
import type { HostCounts, Memory, NodeEnvelopes, NodeSpec } from "./node-spec.ts";
import { Trace } from "./trace.ts";
import { VirtualTcp } from "./tcp.ts";
import { Timeline } from "./timeline.ts";
import { VirtualUdp } from "./udp.ts";
import { VirtualHost } from "./virtual-host.ts";
import { WorldLinks } from "./world-links.ts";
import type { WorldEvent, WorldOptions } from "./world-options.ts";
import { way } from "./place.ts";

/** What one node has counted since its last start. */
export interface WorldNodeStats extends NodeStats, HostCounts {}

/** How fast or slow the clock of a node may be: by a half. */
const MAX_DRIFT = 0.5;
const FIRST_EPOCH_SECONDS = 1_700_000_000;

export class World {
  /** All that the nodes have told their applications, oldest first. */
  readonly events: WorldEvent[] = [];
  readonly network: Network;
  /** All that can go wrong between nodes, by their names. */
  readonly links: WorldLinks;
  readonly #timeline = new Timeline();
  readonly #root: Sfc32;
  readonly #udp: VirtualUdp;
  readonly #tcp: VirtualTcp;
  #peers: PeerTable | undefined;
  #epochSeconds: number;
  readonly #surroundings: HostSurroundings;
  readonly #keepsEvents: boolean;
  readonly #onEvent: ((event: WorldEvent) => void) | undefined;
  readonly #onStep: WorldOptions["onStep"];
  readonly #nodeCounts = new FirstNodeCounts();
  readonly #hosts = new Hosts(this.#nodeCounts);
  #steps = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(options: WorldOptions) {
    const { seed } = options;
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
      throw optionError("seed", "a whole number in 0..2**32-1", seed);
    }
    this.#root = new Sfc32(seed);
    this.network = new Network(this.#root.fork(), options.network, this.#timeline);
    const hostAt = (address: Address): VirtualHost | undefined => this.#hosts.at(address);
    this.#udp = new VirtualUdp(this.#timeline, this.network, hostAt, options.wire ?? "bytes");
    this.#tcp = new VirtualTcp(this.#timeline, this.network, hostAt);
    this.links = new WorldLinks(this.network, {
      indexOf: (name) => this.#hosts.get(name).index,
      after: (ms, act) => this.after(ms, act),
      freed: () => {
        this.#tcp.flush();
        this.#udp.flush();
      },
    });
    this.#peers = options.peers === "each" ? undefined : new PeerTable();
    this.#onEvent = options.onEvent;
    this.#onStep = options.onStep;
    this.#keepsEvents = options.keepEvents ?? true;
    this.#epochSeconds = options.epochSeconds ?? FIRST_EPOCH_SECONDS;
    this.#surroundings = {
      timeline: this.#timeline,
      udp: this.#udp,
      tcp: this.#tcp,
      envelopes: options.envelopes ?? plainEnvelopes,
      nodeCounts: this.#nodeCounts,
      peers: () => this.#peers ?? new PeerTable(),
      epochMs: () => 1000 * this.#epochSeconds + this.now,
      trace: options.trace === undefined ? undefined : new Trace(options.trace, { seed }),
      ownPeers: this.#peers === undefined,
      stepped: (node, input) => {
        this.#steps++;
        this.#onStep?.(node, input);
      },
      sent: options.onSend,
      record: (node, event) => this.#record({ at: this.now, node, event }),
    };
  }

  /** Ms since the world began. */
  get now(): Instant {
    return this.#timeline.now;
  }

  /** Inputs handed to machines. */
  get steps(): number {
    return this.#steps;
  }

  /** Inputs that the machines of a node have handled, those of earlier runs included: while it stays, nothing in the node has changed. */
  inputsOf(name: string): number {
    return this.#hosts.get(name).inputs;
  }

  /** Names of all nodes, in the order in which they were added. */
  get names(): readonly string[] {
    return this.#hosts.names;
  }

  /** Adds a node and starts it. */
  add(name: string, spec: NodeSpec): void {
    if (this.#hosts.has(name)) throw optionError("name", "a name that no other node has", name);
    const index = this.#hosts.size;
    const address = spec.address ?? addressOfIndex(index);
    this.#hosts.claim(address);
    const rng = this.#root.fork();
    const host = new VirtualHost(name, index, address, spec, rng, this.#surroundings);
    this.#hosts.enter(host);
    host.start(address);
  }

  /** @throws HearsayError `ERR_STATE` when the node is down */
  command(name: string, tenant: string, command: Command): void {
    this.#hosts.get(name).command(tenant, command);
  }

  /** Ends a node's process as `kill -9` does: no farewell, its streams are reset, its host lives on. */
  crash(name: string): void {
    this.#hosts.get(name).kill();
  }

  /**
   * Starts a node that has crashed: a new machine with a new epoch, elsewhere if an address is given, and with as much
   * of what its application has kept as `memory` says.
   * @throws HearsayError `ERR_STATE` when it is running, or keeps nothing; `ERR_ADDRESS_IN_USE`
   */
  restart(name: string, address?: Address, memory: Memory = "none"): void {
    const host = this.#hosts.get(name);
    const home = address ?? host.address;
    host.checkStart(memory);
    this.#hosts.move(host, home);
    host.start(home, memory);
  }

  /**
   * Writes out every node that is up, and lets fresh ones go on that have read it. Nothing changes by it: who writes
   * tenants proves so that theirs save all that they keep.
   * @param through what happens to the data on the way, such as a file @default nothing
   * @throws HearsayError `ERR_STATE` if a tenant cannot be saved
   */
  renew(through: <T extends Saved>(saved: T) => T = (saved) => saved): void {
    const shared = this.#peers === undefined ? undefined : new PeerTable();
    this.#hosts.renew(through, shared);
    this.#peers = shared;
  }

  /** What the wall clock of a node shows, in ms since 1970; never before that. */
  wallMsOf(name: string): number {
    return Math.max(0, 1000 * this.#epochSeconds + this.now + this.#hosts.get(name).clock.wallMs);
  }

  /** Lets the wall clock of a node jump: its application looks at it, and the machine when it starts. */
  jumpClock(name: string, ms: number): void {
    if (!Number.isFinite(ms)) throw optionError("ms", "a time", ms);
    this.#hosts.get(name).clock.jump(ms);
    this.#nodeCounts.jumps++;
  }

  /** From here on a node's own clock is fast by a share of up to a half, or slow if the share is negative. */
  drift(name: string, share: number): void {
    if (!(Math.abs(share) <= MAX_DRIFT)) throw optionError("share", "-0.5..0.5", share);
    this.#hosts.get(name).drift(share);
    if (share !== 0) this.#nodeCounts.drifts++;
  }

  /**
   * Lets others see a node at another address, as behind a NAT: what it sends comes from there, and what is sent there
   * reaches it, as does what is sent to its own. Without an address they see it at its own again.
   * @throws HearsayError `ERR_ADDRESS_IN_USE`
   */
  rewrite(name: string, seenAs?: Address): void {
    this.#hosts.rewrite(this.#hosts.get(name), seenAs);
  }

  /** An address behind which a node can be hidden: 203.0.113.1:7946 and on. */
  outsideOf(name: string): Address {
    const { index } = this.#hosts.get(name);
    return parseAddress(`203.0.${113 + Math.floor(index / 254)}.${1 + (index % 254)}:7946`);
  }

  /** Where others see a node: its own address, unless that is rewritten. */
  seenAs(name: string): Address {
    return this.#hosts.get(name).seenAs;
  }

  /** Sets the wall clock, which nodes look at only when they start, so that it shows `seconds` now. */
  setEpoch(seconds: number): void {
    this.#epochSeconds = seconds - Math.floor(this.now / 1000);
  }

  /** Does something at a later time, as whoever runs the nodes would; 0 is as soon as what happens now is over. */
  after(ms: number, act: () => void): void {
    this.#timeline.schedule(later(this.now, ms), { due: act });
  }

  /**
   * Stops a node's process as SIGSTOP does: what comes for it waits, as far as its socket's buffer reaches. With
   * `forMs` it goes on by itself.
   */
  pause(name: string, forMs?: number): void {
    const host = this.#hosts.get(name);
    if (forMs !== undefined && !(forMs >= 0)) throw optionError("ms", "a time of 0 or more", forMs);
    host.pause();
    if (forMs === undefined) return;
    const { pauses } = host;
    this.after(forMs, () => {
      if (host.paused && host.pauses === pauses) host.resume();
    });
  }

  /** As SIGCONT: what has waited is delivered, then the late timer. */
  resume(name: string): void {
    this.#hosts.get(name).resume();
  }

  /** Makes a node work for `ms` at each input, as an overloaded one does; 0 ends that. */
  slow(name: string, ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw optionError("ms", "a time of 0 or more", ms);
    this.#hosts.get(name).slow(ms);
  }

  /** Nodes of different groups cannot reach each other; a node in no group reaches all. */
  partition(groups: readonly (readonly string[])[]): void {
    this.links.partition(groups);
  }

  /** Nothing from `from` reaches `to` any more; the other way stays as it is. */
  cut(from: string, to: string): void {
    this.links.cut(way([from], [to]));
  }

  /** Lifts the partition and all cuts; what streams have held back goes out. */
  repair(): void {
    this.links.repair();
  }

  /**
   * Ends all that goes wrong but crashes: of the network, which has its first latency again, and of the nodes, which go
   * on, at their own pace, by clocks that run as the world's.
   */
  calm(): void {
    this.links.calm();
    for (const host of this.#hosts.all) {
      if (host.paused) host.resume();
      host.slow(0);
      host.drift(0);
      this.#hosts.rewrite(host);
    }
  }

  /** Delivers bytes to a node as one datagram that claims to come from `from`. */
  inject(from: Address, to: string, bytes: Uint8Array): void {
    this.#udp.inject(from, this.#hosts.get(to).address, bytes);
  }

  /** Lets the next thing happen; false if nothing is to come. */
  step(): boolean {
    return this.#timeline.step();
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    if (!(ms >= 0)) throw optionError("ms", "a time of 0 or more", ms);
    this.#timeline.run(later(this.now, ms));
  }

  /** Lets time pass until `predicate` holds, asked after everything that happens, or `maxMs` are over. */
  runUntil(predicate: () => boolean, maxMs: number): boolean {
    if (!(maxMs >= 0)) throw optionError("ms", "a time of 0 or more", maxMs);
    const end = later(this.now, maxMs);
    if (predicate()) return true;
    while (this.#timeline.nextAt <= end && this.#timeline.nextAt < NEVER) {
      this.#timeline.step();
      if (predicate()) return true;
    }
    this.#timeline.rest(end);
    return false;
  }

  /** Whether the node's process lives, be it paused. */
  isAlive(name: string): boolean {
    return this.#hosts.get(name).alive;
  }

  isPaused(name: string): boolean {
    return this.#hosts.get(name).paused;
  }

  /** Where a node lives, or lived last. */
  addressOf(name: string): Address {
    return this.#hosts.get(name).address;
  }

  /** @throws HearsayError `ERR_STATE` when the node is down */
  machine(name: string): NodeMachine {
    return this.#hosts.get(name).machine;
  }

  /** Whom a node has refused lately, and when it stood still. */
  troubles(name: string): RecentTroubles {
    return this.#hosts.get(name).troubles;
  }

  /** What a node's own clock shows. */
  clockOf(name: string): Instant {
    return this.#hosts.get(name).now;
  }

  /** @throws HearsayError `ERR_STATE` when the node is down */
  stats(name: string): WorldNodeStats {
    const host = this.#hosts.get(name);
    return { ...host.machine.stats(), ...host.counts };
  }

  /** What the network has done since the world began. */
  get counts(): NetworkCounts {
    return this.network.counts;
  }

  /** What has befallen the nodes since the world began. */
  get nodeCounts(): NodeCounts {
    return { ...this.#nodeCounts };
  }

  #record(event: WorldEvent): void {
    if (this.#keepsEvents) this.events.push(event);
    this.#onEvent?.(event);
  }
}

/** It keeps nothing: one serves all nodes. */
const PLAIN_PACKETS = /* @__PURE__ */ new PlainEnvelope(crc32);

function plainEnvelopes(): NodeEnvelopes {
  return { packets: PLAIN_PACKETS, streams: new StreamEnvelope() };
}

/** 10.0.0.1:7946 and on. */
function addressOfIndex(index: number): Address {
  const n = index + 1;
  return parseAddress(`10.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}:7946`);
}
