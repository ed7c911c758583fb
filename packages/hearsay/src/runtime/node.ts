/**
 * A member of a cluster, as an application holds it.
 *
 * Made by `createNode`; `start` opens the sockets. Methods that need the cluster reject or throw a
 * `HearsayError` `ERR_STATE` before `start` and after `stop`. Nothing a peer or the network does ever makes
 * a method throw: it is an event, a counter or a rejected promise.
 * @module
 */
import type { NodeStats } from "../composition/index.ts";
import type { HeartbeatDetection, Judgement } from "../detection/index.ts";
import type { NodeReport } from "../diagnosis/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { Address, Command, NodeEvent } from "../kernel/index.ts";
import { explainInWords, MAX_OWN_ACK_PAYLOAD_BYTES } from "../membership/index.ts";
import type { Explanation, MembershipCommand, MemberView } from "../membership/index.ts";
import type { Aggregate } from "./aggregate.ts";
import type { AggregateOptions, AggregateValue } from "./aggregates.ts";
import type { OverlayView } from "./broadcast-tenants.ts";
import type { Ports } from "./clock.ts";
import { Driver } from "./driver.ts";
import type { DriverStats } from "./driver.ts";
import { Emitter } from "./emitter.ts";
import type { EventBuffer, MissedEvents, Unsubscribe } from "./emitter.ts";
import { Facets } from "./facets.ts";
import { NodeKeys } from "./node-keys.ts";
import type { NodeState } from "./node-state.ts";
import { examine } from "./examination.ts";
import { decodeMetadata, encodeMetadata, METADATA_TAG } from "./metadata.ts";
import type {
  MapOptions,
  MapView,
  ReplicatedCounter,
  ReplicatedMap,
  ReplicatedSet,
} from "./maps/index.ts";
import { asHearsayEvent, payloadBytes } from "./node-events.ts";
import type { HearsayEvent } from "./node-events.ts";
import { checkEventBuffer, checkTags } from "./node-options.ts";
import type { ResolvedNodeOptions } from "./node-options.ts";
import { composeWire } from "./node-wire.ts";
import type { NodeWire } from "./node-wire.ts";
import { settle } from "./outcomes.ts";
import type { Outcome } from "./outcomes.ts";
import { checkPayload } from "./payload.ts";
import { Requests } from "./requests.ts";
import { compose } from "./running-node.ts";
import type { RunningNode } from "./running-node.ts";
import { resolveAll } from "./seeds.ts";
import type { JoinResult } from "./seeds.ts";
import type { Topic, TopicView } from "./topic.ts";
import type { TopicOptions } from "./topics.ts";

export interface HearsayStats extends NodeStats, DriverStats {
  /** Members by state, this node included. */
  readonly members: Readonly<Record<MemberView["state"], number>>;
  /** Events that readers of `events()` were too slow for. */
  readonly missedEvents: number;
  /** Messages on topics that their encoding did not read. */
  readonly undecodable: number;
}

export interface SendOptions {
  /** Over a stream: the promise settles when the other side has taken it or the stream has failed. */
  readonly reliable?: boolean;
}

export interface PingResult {
  /** From our ping to its ack. */
  readonly rttMs: number;
  /** What the member's application has put on its acks; `undefined` for nothing. */
  readonly payload: Uint8Array | undefined;
}

type State = "new" | "starting" | "running" | "stopped";

/** `Metadata` is the type of the application's own value about each node; see `NodeOptions.metadata`. */
export class HearsayNode<Metadata = unknown> {
  /** The keys of the cluster, for rotation while the node runs. */
  readonly keys: NodeKeys;
  readonly #options: ResolvedNodeOptions<Metadata>;
  readonly #ports: Ports;
  readonly #wire: NodeWire;
  readonly #emitter: Emitter<HearsayEvent>;
  readonly #requests = new Requests();
  readonly #facets: Facets;
  #state: State = "new";
  #running: RunningNode | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ResolvedNodeOptions<Metadata>, ports: Ports) {
    this.#options = options;
    this.#ports = ports;
    this.#wire = composeWire(options.wire, ports);
    this.keys = new NodeKeys(this.#wire.keyring);
    this.#emitter = new Emitter<HearsayEvent>((error) => {
      options.logger.error({ err: error }, "a listener threw");
    }, payloadBytes);
    const running = (): RunningNode | undefined => this.#running;
    this.#facets = new Facets(options, ports, {
      get running() {
        return running();
      },
      need: () => this.#need(),
      request: (tenant, command) => this.#request(tenant, command),
      trouble: (error) => this.#trouble(error),
    });
  }

  get name(): string {
    return this.#options.name;
  }

  /** Where others reach this node. */
  get address(): Address {
    return this.#need().machine.address;
  }

  /** This node as the others see it. */
  get local(): MemberView {
    return this.#need().membership.local;
  }

  /**
   * Opens the sockets and begins to join the seeds, in the background, until one answers.
   * @throws HearsayError `ERR_ADDRESS_IN_USE`, `ERR_ADDRESS_UNAVAILABLE`, `ERR_SOCKET`, `ERR_STATE`
   */
  async start(): Promise<void> {
    if (this.#state !== "new") {
      throw new HearsayError(
        "ERR_STATE",
        `start() on a node that is ${this.#state}: make a new one`,
      );
    }
    this.#state = "starting";
    const { logger } = this.#options;
    const { driver, bound } = await this.#bind();
    this.#running = compose(this.#options, this.#ports, this.#wire, driver, bound, (addresses) => {
      return this.#joinAddresses(addresses);
    });
    this.#state = "running";
    const { machine, handler, seeds } = this.#running;
    driver.start(machine, handler);
    logger.info({ name: machine.name, bound, address: machine.address }, "node started");
    seeds.start();
    this.#facets.start();
  }

  /**
   * Contacts members of a cluster and exchanges state with each; both clusters become one.
   * @param targets `host[:port]`, names resolved to all their addresses
   * @returns who answered and who did not
   * @throws HearsayError `ERR_JOIN` if nobody answered, `ERR_STATE`
   */
  async join(targets: readonly string[] | string): Promise<JoinResult> {
    this.#need();
    const texts = typeof targets === "string" ? [targets] : targets;
    const { addresses, unresolved } = await resolveAll(texts, this.#ports.resolver);
    const result = await this.#joinAddresses(addresses);
    const failed = [...unresolved, ...result.failed];
    if (result.contacted.length > 0) return { contacted: result.contacted, failed };
    const reasons = failed.map(failureWords).join("; ");
    throw new HearsayError("ERR_JOIN", `nobody answered (${reasons || "no address given"})`, {
      expected: "an address of a running member",
      received: texts,
    });
  }

  /**
   * Says goodbye: the others see `leave`, not `fail`. Resolves when it has been told often enough or a
   * bound has passed; false if it could not be told. The sockets stay open: `stop` closes them.
   */
  leave(): Promise<boolean> {
    if (this.#running !== undefined) this.#facets.aggregates?.leave();
    return this.#request<boolean>("membership", (id) => ({ type: "leave", id }));
  }

  /** Closes everything. Without `leave` before it, the others notice by themselves. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Every member that is known, this node included: alive, suspect, and for a while dead and left. */
  members(): MemberView[] {
    return this.#need().membership.members();
  }

  /** The member with this name. */
  member(name: string): MemberView | undefined {
    return this.#need().membership.member(name);
  }

  /**
   * Declares a member that has failed gone for good: it reads left everywhere and is asked for no more. If it
   * lives after all, it refutes. Resolves when the news is on its way.
   * @throws HearsayError `ERR_UNKNOWN_MEMBER`, `ERR_STATE` if the member is alive
   */
  async forceLeave(name: string): Promise<void> {
    await this.#request("membership", (id) => ({ type: "forceLeave", id, name }));
  }

  /**
   * Why a member is what it is, as far as this node remembers: its latest changes with their reasons, the
   * suspicion that is running, and whether it is still asked for. `undefined` if nothing is known of it.
   */
  explain(name: string): Explanation | undefined {
    return this.#need().membership.explain(name, this.#ports.clock.now());
  }

  /** The same in plain sentences; none if nothing is known. */
  explainInWords(name: string): string[] {
    const now = this.#ports.clock.now();
    const explanation = this.#need().membership.explain(name, now);
    return explanation === undefined ? [] : explainInWords(explanation, now);
  }

  /**
   * Pings a member once, now, and judges nobody by it.
   * @throws HearsayError `ERR_UNKNOWN_MEMBER`, `ERR_TIMEOUT` if no answer comes within `probeTimeoutMs`,
   *   `ERR_QUEUE_FULL`, `ERR_OPTION` for our own name, `ERR_STATE`
   */
  ping(name: string): Promise<PingResult> {
    return this.#request<PingResult>("membership", (id) => ({ type: "ping", id, name }));
  }

  /**
   * Puts up to 512 bytes on each answer to the pings of members from now on: they hear them, as memberlist's
   * ping delegates do, within a probe or so. `undefined` for nothing. With the option
   * `membership: { probeEvents: true }` this node tells what others have put on theirs, as events `probed`.
   * Serf's agents log a warning at what is none of their coordinates.
   * @throws HearsayError `ERR_MESSAGE_TOO_LARGE`, `ERR_OPTION`, `ERR_STATE`
   */
  setAckPayload(payload: Uint8Array | undefined): void {
    const { driver } = this.#need();
    if (payload !== undefined) {
      checkPayload(payload, MAX_OWN_ACK_PAYLOAD_BYTES, "it rides on every answer to a ping");
    }
    const command: MembershipCommand = { type: "setAckPayload", payload: payload?.slice() };
    driver.command("membership", command);
  }

  /**
   * Replaces this node's tags for all to see. Resolves when the news has been passed on.
   * @throws HearsayError `ERR_META_TOO_LARGE`, `ERR_OPTION`, `ERR_STATE`
   */
  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    const kept = this.local.tags.get(METADATA_TAG);
    await this.#setTags({ ...tags, ...(kept !== undefined && { [METADATA_TAG]: kept }) });
  }

  /**
   * Replaces this node's metadata for all to see, its tags as they are. Resolves when the news has been passed
   * on.
   * @throws HearsayError `ERR_META_TOO_LARGE`, `ERR_OPTION`, `ERR_STATE`
   */
  async setMetadata(value: Metadata): Promise<void> {
    const text = encodeMetadata(this.#options.metadataCodec, value);
    await this.#setTags({ ...Object.fromEntries(this.local.tags), [METADATA_TAG]: text });
  }

  /** A member's metadata; `undefined` if it has none, or none that the codec understands. */
  metadataOf(member: Pick<MemberView, "tags">): Metadata | undefined {
    return decodeMetadata(this.#options.metadataCodec, member.tags);
  }

  /**
   * Sends bytes to one member: best effort in one datagram, or reliably over a stream.
   * @throws HearsayError `ERR_UNKNOWN_MEMBER`, `ERR_PEER_INCAPABLE`, `ERR_MESSAGE_TOO_LARGE`,
   *   `ERR_QUEUE_FULL`, `ERR_SEND`, `ERR_STATE`
   */
  async send(to: string, payload: Uint8Array, options: SendOptions = {}): Promise<void> {
    const reliable = options.reliable ?? false;
    const limit = this.#need().messaging.maxSendBytes(reliable);
    const advice = reliable ? "split it" : "split it or send it with { reliable: true }";
    checkPayload(payload, limit, advice);
    const copy = payload.slice();
    await this.#request("messaging", (id) => ({ type: "send", id, to, payload: copy, reliable }));
  }

  /**
   * Tells all members, best effort: it rides on gossip, and each passes it on once.
   * @throws HearsayError `ERR_MESSAGE_TOO_LARGE`, `ERR_STATE`
   */
  broadcast(payload: Uint8Array): void {
    const { messaging, driver } = this.#need();
    checkPayload(
      payload,
      messaging.maxBroadcastBytes,
      "split it, or send it reliably to each member",
    );
    const command: Command & { payload: Uint8Array } = {
      type: "broadcast",
      payload: payload.slice(),
    };
    driver.command(messaging.name, command);
  }

  /**
   * A topic: what any node publishes on it, all that have it open get. Opening it makes this node look for links to a
   * few members, as does the first publication that comes by.
   * @throws HearsayError `ERR_OPTION`, `ERR_QUEUE_FULL` for too many, `ERR_STATE` with the option `topics: false`
   */
  topic<T = unknown>(name: string, options: TopicOptions<T> = {}): Topic<T> {
    return this.#facets.need("topics").open(name, options);
  }

  /** The topics that this node has opened or heard of, and what went over them. */
  topics(): TopicView[] {
    return this.#facets.topics?.views() ?? [];
  }

  /** The links that carry topics, and whether they carry payloads or announcements. */
  overlay(): OverlayView | undefined {
    return this.#need().broadcast?.view();
  }

  /**
   * Defines an aggregate: this node brings what `value` returns, asked once in each epoch, and comes to know the mean, sum,
   * count, extrema, variance and quantiles over all nodes that define one of this name and have a value.
   * @throws HearsayError `ERR_OPTION`, also for a name that is defined already; `ERR_QUEUE_FULL` for too many, `ERR_STATE`
   *   with the option `aggregates: false`
   */
  aggregate(name: string, value: AggregateValue, options: AggregateOptions = {}): Aggregate {
    return this.#facets.need("aggregates").define(name, value, options);
  }

  /** The aggregates that are defined here. */
  aggregates(): Aggregate[] {
    return this.#facets.aggregates?.all() ?? [];
  }

  /**
   * A map that the cluster shares: what any node sets in it, all get that have it open. It is empty until this node has
   * heard from one of them, or has taken up what it has kept: see `ready`.
   * @throws HearsayError `ERR_OPTION`; `ERR_KIND` for a name that is open as something else; `ERR_QUEUE_FULL` for too many,
   *   `ERR_STATE` with the option `maps: false`
   */
  map<V = unknown>(name: string, options: MapOptions<V> = {}): ReplicatedMap<V> {
    return this.#facets.need("maps").map(name, options);
  }

  /**
   * A set of texts that the cluster shares: of an addition and a removal at once, the addition wins.
   * @throws HearsayError as `map` does
   */
  set(name: string): ReplicatedSet {
    return this.#facets.need("maps").set(name);
  }

  /**
   * A counter that the cluster shares, up and down: what is counted at once all counts, each once.
   * @throws HearsayError as `map` does
   */
  counter(name: string): ReplicatedCounter {
    return this.#facets.need("maps").counter(name);
  }

  /**
   * The state of the cluster's members: keys of this node's own, for all to read, and those of the others.
   * @throws HearsayError `ERR_STATE` with the option `state: false`
   */
  get state(): NodeState {
    return this.#facets.need("state");
  }

  /** The maps, sets and counters that this node has open. */
  maps(): MapView[] {
    return this.#facets.maps?.views() ?? [];
  }

  /**
   * What the detector of the option `detection` thinks of each member, and how sure it is. Membership may think otherwise.
   * @throws HearsayError `ERR_STATE` without the option
   */
  judgements(): Judgement[] {
    return this.#detection().judgements(this.#ports.clock.now());
  }

  /** The same of one member; `undefined` of one that is not watched. */
  judgement(name: string): Judgement | undefined {
    return this.#detection().judgement(name, this.#ports.clock.now());
  }

  /** Calls back for every event of a type, until the returned function is called. */
  on<T extends HearsayEvent["type"]>(
    type: T,
    listener: (event: Extract<HearsayEvent, { type: T }>) => void,
  ): Unsubscribe {
    return this.#emitter.on(type, listener);
  }

  /**
   * All events from now on, for `for await`. Ends with `stop`. A reader that lags by more than `buffer`
   * holds misses the oldest, and is told how many by a `missed` event; they count in `stats().missedEvents`.
   * @param buffer what differs from the option `eventBuffer`
   * @throws HearsayError `ERR_OPTION`
   */
  events(buffer: Partial<EventBuffer> = {}): AsyncIterableIterator<HearsayEvent | MissedEvents> {
    return this.#emitter.events(checkEventBuffer({ ...this.#options.eventBuffer, ...buffer }));
  }

  /**
   * What this node knows, has refused, and what gets through from it to each of the others, which it tries: for
   * `diagnose`. Takes some seconds.
   * @throws HearsayError `ERR_STATE`, `ERR_QUEUE_FULL`
   */
  examine(): Promise<NodeReport> {
    const { membership, driver } = this.#need();
    return examine({
      membership,
      troubles: driver.troubles,
      tryPath: (name) => this.#request("membership", (id) => ({ type: "tryPath", id, name })),
      now: () => this.#ports.clock.now(),
    });
  }

  /** Counters since `start`. */
  stats(): HearsayStats {
    const { machine, driver, membership } = this.#need();
    const members = { alive: 0, suspect: 0, dead: 0, left: 0 };
    for (const { state } of membership.members()) members[state]++;
    const missedEvents = this.#emitter.missed;
    const { undecodable } = this.#facets;
    return { ...machine.stats(), ...driver.stats(), members, missedEvents, undecodable };
  }

  async #bind(): Promise<{ driver: Driver; bound: Address }> {
    const { bind, transport, tcpOnly, wire } = this.#options;
    const { clock, rng } = this.#ports;
    const { envelope, streams } = this.#wire;
    const driver = new Driver({
      transport: transport ?? this.#ports.transport(bind.host, bind.port, tcpOnly),
      clock,
      rng,
      envelope,
      streams,
      allows: wire.allows,
      onEvent: (event) => this.#onEvent(event),
      onTrouble: (error) => this.#trouble(error),
    });
    try {
      return { driver, bound: await driver.bind() };
    } catch (error) {
      this.#state = "stopped";
      throw error;
    }
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#state = "stopped";
    await this.#facets.flush();
    this.#running = undefined;
    running?.seeds.stop();
    await running?.driver.stop();
    const stopped = new HearsayError("ERR_STATE", "the node was stopped");
    this.#requests.rejectAll(stopped);
    this.#facets.close(stopped);
    this.#emitter.close();
    if (running !== undefined) this.#options.logger.info({ name: this.name }, "node stopped");
  }

  async #setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    const checked = checkTags(tags);
    await this.#request("membership", (id) => ({ type: "setTags", id, tags: checked }));
  }

  #trouble(error: Error): void {
    this.#options.logger.warn({ err: error }, "trouble");
    this.#emitter.emit({ type: "trouble", error });
  }

  #detection(): HeartbeatDetection {
    const { detection } = this.#need();
    if (detection !== undefined) return detection;
    throw new HearsayError(
      "ERR_STATE",
      "this node has no detector: give it the option `detection`",
    );
  }

  #joinAddresses(addresses: readonly Address[]): Promise<JoinResult> {
    if (addresses.length === 0) return Promise.resolve({ contacted: [], failed: [] });
    return this.#request<JoinResult>("membership", (id) => ({ type: "join", id, addresses }));
  }

  async #request<T>(tenant: string, command: (id: number) => Command & { id: number }): Promise<T> {
    const { driver } = this.#need();
    return this.#requests.start<T>((id) => driver.command(tenant, command(id)));
  }

  #need(): RunningNode {
    if (this.#running === undefined) {
      const advice = this.#state === "stopped" ? "it was stopped" : "call start() first";
      throw new HearsayError("ERR_STATE", `the node is not running: ${advice}`);
    }
    return this.#running;
  }

  #onEvent(event: NodeEvent): void {
    if (settle(event as Outcome, this.#requests)) return;
    if (event.type === "seedsWanted") return void this.#running?.seeds.wanted();
    if (this.#facets.deliver(event)) return;
    this.#emitter.emit(asHearsayEvent(event));
  }
}

function failureWords({ address, reason, detail }: JoinResult["failed"][number]): string {
  return `${address}: ${reason}${detail === undefined ? "" : `, ${detail}`}`;
}
