/**
 * Nobody sends more than its configuration lets it.
 *
 *     budget  ──+ own rate × time ──▶ ┌────────┐
 *             ──+ answers to a packet▶│ tokens │── one each ──▶ datagrams, none larger than its limit
 *             ──+ work of a command ─▶└────────┘
 *
 * The own rate is what a node begins by itself: rounds of gossip, probes and their relays, looks for those whom it has
 * lost. Last calls to suspects have a bucket for each suspect, streams have one, too. What flows over after two seconds of
 * rest is gone; but whoever gossips and probes rarely may do all of it at once, once.
 * @module
 */
import { resolveCompositionConfig } from "../../composition/index.ts";
import type { NodeInput, Packet } from "../../composition/index.ts";
import type { Address } from "../../kernel/index.ts";
import { resolveMembershipConfig } from "../../membership/index.ts";
import type { MembershipConfig } from "../../membership/index.ts";
import type { Cluster } from "../cluster.ts";
import type { WorldSend } from "../world-options.ts";
import type { Checker } from "./checker.ts";

const { packetBytes: MAX_PACKET_BYTES } = resolveCompositionConfig();
const MS_PER_SECOND = 1000;
/** Clocks run fast by up to a half. */
const FASTEST = 1.5;
/** What a node may have saved up. */
const MOST_SAVED_MS = 2000;
/** Datagrams that one datagram may bring about: an ack, and answers to accusations; or a ping to pass on, and "no answer". */
const ANSWERS = 3;
/** Last calls to one suspect in an interval of probes. */
const LAST_CALLS = 10;
/** Addresses of one join, in scenarios: as many as an application keeps, or names of a command. */
const MOST_ADDRESSES = 8;

export class Traffic implements Checker {
  readonly name = "traffic";
  looks = 0;
  #cluster: Cluster | undefined;
  #rates: Rates | undefined;
  readonly #accounts = new Map<string, Account>();

  began(cluster: Cluster): void {
    this.#cluster = cluster;
    this.#rates = ratesOf(resolveMembershipConfig(cluster.options));
  }

  started(node: string): void {
    const { now } = (this.#cluster as Cluster).world;
    const rates = this.#rates as Rates;
    this.#accounts.set(node, new Account(rates, now));
  }

  sent({ node, to, packet }: WorldSend): string | undefined {
    const account = this.#accounts.get(node);
    if (account === undefined) return undefined;
    this.looks++;
    const { now } = (this.#cluster as Cluster).world;
    account.earn(now);
    if (packet === undefined) {
      account.streams--;
      return undefined;
    }
    if (isCall(packet)) account.call(to, now);
    else account.datagrams--;
    if (packet.size <= MAX_PACKET_BYTES) return undefined;
    return `sends a packet of ${packet.size} bytes, more than ${MAX_PACKET_BYTES}`;
  }

  step(node: string, input: NodeInput["type"]): string | undefined {
    const account = this.#accounts.get(node);
    if (account === undefined) return undefined;
    // What it was given counts when the step is over: what it has sent in it was on credit.
    if (input === "datagram" || input === "packet") account.datagrams += ANSWERS;
    else if (input === "command") account.take();
    const { datagrams, streams, calls } = account;
    const { datagramsPerMs, streamsPerMs, callsPerMs } = this.#rates as Rates;
    if (calls < 0) return tooMuch("last calls to one suspect", calls, callsPerMs);
    if (datagrams < 0) return tooMuch("datagrams", datagrams, datagramsPerMs);
    return streams < 0 ? tooMuch("streams", streams, streamsPerMs) : undefined;
  }
}

interface Rates {
  readonly datagramsPerMs: number;
  /** What may be saved up of them. */
  readonly mostDatagrams: number;
  readonly streamsPerMs: number;
  readonly callsPerMs: number;
  /** Each address of a join is tried some times. */
  readonly streamsOfCommand: number;
}

/** What one run of a node may still send. */
class Account {
  readonly #rates: Rates;
  datagrams: number;
  streams: number;
  /** Of the suspect who was called last. */
  calls = 0;
  readonly #calls = new Map<Address, { left: number; at: number }>();
  #at: number;

  constructor(rates: Rates, now: number) {
    this.#rates = rates;
    this.#at = now;
    this.datagrams = rates.mostDatagrams;
    this.streams = rates.streamsOfCommand + rates.streamsPerMs * MOST_SAVED_MS;
  }

  earn(now: number): void {
    const { datagramsPerMs, mostDatagrams, streamsPerMs, streamsOfCommand } = this.#rates;
    const ms = now - this.#at;
    this.#at = now;
    this.datagrams = Math.min(this.datagrams + ms * datagramsPerMs, mostDatagrams);
    const most = streamsOfCommand + MOST_SAVED_MS * streamsPerMs;
    this.streams = Math.min(this.streams + ms * streamsPerMs, most);
  }

  call(to: Address, now: number): void {
    const { callsPerMs } = this.#rates;
    const most = 2 * LAST_CALLS;
    const called = this.#calls.get(to) ?? { left: most, at: now };
    called.left = Math.min(most, called.left + callsPerMs * (now - called.at)) - 1;
    called.at = now;
    this.#calls.set(to, called);
    this.calls = called.left;
  }

  take(): void {
    this.streams += this.#rates.streamsOfCommand;
    this.datagrams += MOST_ADDRESSES;
  }
}

function ratesOf(config: MembershipConfig): Rates {
  const { gossipNodes, gossipIntervalMs, probeIntervalMs, indirectChecks } = config;
  const { reconnectNodes, reconnectIntervalMs, pushPullIntervalMs, joinTries } = config;
  const gossip = gossipNodes / gossipIntervalMs;
  const probes = (1 + indirectChecks) / probeIntervalMs;
  const lost = reconnectNodes / reconnectIntervalMs;
  const exchanges = 1 / pushPullIntervalMs;
  const datagramsPerMs = FASTEST * (gossip + probes + lost);
  const round = gossipNodes + 1 + indirectChecks + reconnectNodes;
  return {
    datagramsPerMs,
    mostDatagrams: Math.max(MOST_SAVED_MS * datagramsPerMs, round),
    streamsPerMs: FASTEST * (exchanges + lost + 1 / probeIntervalMs),
    callsPerMs: (FASTEST * LAST_CALLS) / probeIntervalMs,
    streamsOfCommand: MOST_ADDRESSES * joinTries,
  };
}

/** A ping that tells a suspect of its suspicion. */
function isCall({ parts: [first, second] }: Packet): boolean {
  return first?.wire.type === "suspect" && second?.wire.type === "ping";
}

function tooMuch(what: string, left: number, perMs: number): string {
  const rate = (perMs * MS_PER_SECOND).toFixed(1);
  return `has sent ${Math.ceil(-left)} ${what} too many: ${rate} a second and what it is asked for are its due`;
}
