/**
 * A member of a cluster, as an application holds it.
 *
 * Made by `createNode`; `start` opens the sockets. Methods that need the cluster reject or throw a
 * `HearsayError` `ERR_STATE` before `start` and after `stop`. Nothing a peer or the network does ever makes
 * a method throw: it is an event, a counter or a rejected promise.
 * @module
 */
import { NodeMachine, PeerTable } from "../composition/index.ts";
import type { NodeStats } from "../composition/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { Address, Command, Incarnation, NodeEvent } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import type {
  MembershipEvent,
  MembershipOutcome,
  MemberView,
  UdpBlockedEvent,
} from "../membership/index.ts";
import { Messaging } from "../messaging/index.ts";
import type { MessageEvent, MessagingEvent } from "../messaging/index.ts";
import type { Ports } from "./clock.ts";
import { Driver } from "./driver.ts";
import type { DriverStats } from "./driver.ts";
import { Emitter } from "./emitter.ts";
import type { MissedEvents, Unsubscribe } from "./emitter.ts";
import { NodeKeys } from "./node-keys.ts";
import { advertisedAddress, checkTags } from "./node-options.ts";
import type { ResolvedNodeOptions } from "./node-options.ts";
import { composeWire } from "./node-wire.ts";
import type { NodeWire } from "./node-wire.ts";
import { Requests } from "./requests.ts";
import { resolveAll, Seeds } from "./seeds.ts";
import type { JoinResult } from "./seeds.ts";

/** Something is wrong that no member and no message stands for, such as a socket error. */
export interface TroubleEvent {
  readonly type: "trouble";
  readonly error: Error;
}

/** An event of a tenant of the application's own. */
export interface TenantEvent {
  readonly type: "tenant";
  readonly event: NodeEvent;
}

export type HearsayEvent =
  | MembershipEvent
  | UdpBlockedEvent
  | MessageEvent
  | TroubleEvent
  | TenantEvent;

export interface HearsayStats extends NodeStats, DriverStats {
  /** Members by state, this node included. */
  readonly members: Readonly<Record<MemberView["state"], number>>;
}

export interface SendOptions {
  /** Over a stream: the promise settles when the other side has taken it or the stream has failed. */
  readonly reliable?: boolean;
}

type State = "new" | "starting" | "running" | "stopped";

/** Events that an iterator holds for a reader that lags. */
const DEFAULT_EVENT_BUFFER = 1024;

export class HearsayNode {
  /** The keys of the cluster, for rotation while the node runs. */
  readonly keys: NodeKeys;
  readonly #options: ResolvedNodeOptions;
  readonly #ports: Ports;
  readonly #wire: NodeWire;
  readonly #emitter: Emitter<HearsayEvent>;
  readonly #requests = new Requests();
  #state: State = "new";
  #running: Running | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ResolvedNodeOptions, ports: Ports) {
    this.#options = options;
    this.#ports = ports;
    this.#wire = composeWire(options.wire, ports);
    this.keys = new NodeKeys(this.#wire.keyring);
    this.#emitter = new Emitter<HearsayEvent>((error) => {
      options.logger.error({ err: error }, "a listener threw");
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
    this.#running = this.#compose(driver, bound);
    this.#state = "running";
    const { machine, seeds } = this.#running;
    driver.start(machine);
    logger.info({ name: machine.name, bound, address: machine.address }, "node started");
    seeds.start();
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
    const reasons = failed.map(({ address, reason }) => `${address}: ${reason}`).join("; ");
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
   * Replaces this node's tags for all to see. Resolves when the news has been passed on.
   * @throws HearsayError `ERR_META_TOO_LARGE`, `ERR_OPTION`, `ERR_STATE`
   */
  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    const checked = checkTags(tags);
    await this.#request("membership", (id) => ({ type: "setTags", id, tags: checked }));
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

  /** Calls back for every event of a type, until the returned function is called. */
  on<T extends HearsayEvent["type"]>(
    type: T,
    listener: (event: Extract<HearsayEvent, { type: T }>) => void,
  ): Unsubscribe {
    return this.#emitter.on(type, listener);
  }

  /**
   * All events from now on, for `for await`. Ends with `stop`. A reader that lags by more than `buffer`
   * events misses the oldest, and is told how many by a `missed` event.
   */
  events(
    buffer: number = DEFAULT_EVENT_BUFFER,
  ): AsyncIterableIterator<HearsayEvent | MissedEvents> {
    return this.#emitter.events(buffer);
  }

  /** Counters since `start`. */
  stats(): HearsayStats {
    const { machine, driver, membership } = this.#need();
    const members = { alive: 0, suspect: 0, dead: 0, left: 0 };
    for (const { state } of membership.members()) members[state]++;
    return { ...machine.stats(), ...driver.stats(), members };
  }

  async #bind(): Promise<{ driver: Driver; bound: Address }> {
    const { bind, transport, logger, wire } = this.#options;
    const { clock, rng } = this.#ports;
    const { envelope, streams } = this.#wire;
    const driver = new Driver({
      transport: transport ?? this.#ports.transport(bind.host, bind.port),
      clock,
      rng,
      envelope,
      streams,
      allows: wire.allows,
      onEvent: (event) => this.#onEvent(event),
      onTrouble: (error) => {
        logger.warn({ err: error }, "trouble");
        this.#emitter.emit({ type: "trouble", error });
      },
    });
    try {
      return { driver, bound: await driver.bind() };
    } catch (error) {
      this.#state = "stopped";
      throw error;
    }
  }

  #compose(driver: Driver, bound: Address): Running {
    const { name, advertise, tags, membership: membershipOptions, logger } = this.#options;
    const { clock, resolver, advertisable } = this.#ports;
    const address = advertisedAddress(advertise, bound, advertisable);
    const epoch = clock.epochSeconds();
    const peers = new PeerTable();
    const membership = new Membership({
      name,
      address,
      peers,
      tags,
      config: membershipOptions,
      firstIncarnation: epoch as Incarnation,
      now: clock.now(),
      allows: this.#options.wire.allows,
    });
    const messaging = new Messaging({ name, epoch, peers, config: this.#options.messaging });
    const own = this.#options.tenants({ name, address, peers, sampler: membership.sampler, epoch });
    const machine = new NodeMachine({
      name,
      address,
      peers,
      tenants: [membership, messaging, ...own],
      envelopeBytes: this.#wire.envelope.overheadBytes,
      config: this.#options.composition,
    });
    const seeds = new Seeds({
      seeds: this.#options.seeds,
      retryMs: this.#options.seedRetryMs,
      clock,
      resolver,
      logger,
      self: address,
      join: (addresses) => this.#joinAddresses(addresses),
    });
    return { driver, machine, membership, messaging, seeds };
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#state = "stopped";
    this.#running = undefined;
    running?.seeds.stop();
    await running?.driver.stop();
    this.#requests.rejectAll(new HearsayError("ERR_STATE", "the node was stopped"));
    this.#emitter.close();
    if (running !== undefined) this.#options.logger.info({ name: this.name }, "node stopped");
  }

  #joinAddresses(addresses: readonly Address[]): Promise<JoinResult> {
    if (addresses.length === 0) return Promise.resolve({ contacted: [], failed: [] });
    return this.#request<JoinResult>("membership", (id) => ({ type: "join", id, addresses }));
  }

  async #request<T>(tenant: string, command: (id: number) => Command & { id: number }): Promise<T> {
    const { driver } = this.#need();
    return this.#requests.start<T>((id) => driver.command(tenant, command(id)));
  }

  #need(): Running {
    if (this.#running === undefined) {
      const advice = this.#state === "stopped" ? "it was stopped" : "call start() first";
      throw new HearsayError("ERR_STATE", `the node is not running: ${advice}`);
    }
    return this.#running;
  }

  #onEvent(event: NodeEvent): void {
    if (this.#settle(event as OutcomeEvent)) return;
    const known = KNOWN_EVENTS.has(event.type);
    this.#emitter.emit(known ? (event as HearsayEvent) : { type: "tenant", event });
  }

  /** Settles the request that an outcome belongs to. */
  #settle(event: OutcomeEvent): boolean {
    switch (event.type) {
      case "joined":
        this.#requests.resolve(event.id, { contacted: event.contacted, failed: event.failed });
        return true;
      case "leaveDone":
        this.#requests.resolve(event.id, event.complete);
        return true;
      case "tagsSet":
      case "sent":
        this.#requests.resolve(event.id, undefined);
        return true;
      case "sendFailed":
      case "commandFailed":
        this.#requests.reject(event.id, new HearsayError(event.code, event.message));
        return true;
      default:
        return false;
    }
  }
}

interface Running {
  readonly driver: Driver;
  readonly machine: NodeMachine;
  readonly membership: Membership;
  readonly messaging: Messaging;
  readonly seeds: Seeds;
}

type OutcomeEvent = MembershipOutcome | MessagingEvent;

const KNOWN_EVENTS: ReadonlySet<string> = new Set<HearsayEvent["type"]>([
  "join",
  "suspect",
  "alive",
  "update",
  "leave",
  "fail",
  "conflict",
  "udpBlocked",
  "message",
]);

function checkPayload(
  payload: unknown,
  limit: number,
  advice: string,
): asserts payload is Uint8Array {
  if (!(payload instanceof Uint8Array)) {
    throw new HearsayError("ERR_OPTION", `payload: expected a Uint8Array, got ${typeof payload}`, {
      option: "payload",
      expected: "a Uint8Array",
      received: payload,
    });
  }
  if (payload.length > limit) {
    throw new HearsayError(
      "ERR_MESSAGE_TOO_LARGE",
      `a payload of ${payload.length} bytes does not fit into ${limit}: ${advice}`,
      { option: "payload", expected: `at most ${limit} bytes`, received: payload.length },
    );
  }
}
