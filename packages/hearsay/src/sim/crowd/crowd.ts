/**
 * A crowd: as many nodes as memory holds, each no more than its tenants.
 *
 *     World   machines, packets, streams, sockets' buffers      all that production does, some thousand nodes
 *     Crowd   tenants alone; messages are handed over           the same tenants, a million nodes
 *
 *     by events   run(ms)        deadlines and messages at their times, latencies drawn
 *     by rounds   round(ms)      every node whose deadline is due, in a fresh random order; what it sends is
 *                                delivered, and answered, before the next has its turn: the papers' cycles
 *
 * Both drive the same `handle`. Messages, links, signals and commands are here; piggybacked news and
 * exchanges need a node machine: tenants that want them are hosted by a `World`. All nodes draw from one
 * source, so that a node costs its tenants and a few integers. The same seed and the same calls give the
 * same messages, in every engine.
 * @module
 */
import {
  invariant,
  later,
  NEVER,
  NO_PEER,
  optionError,
  Sfc32,
  shuffle,
} from "../../kernel/index.ts";
import type {
  Command,
  Instant,
  NodeEvent,
  PeerId,
  PeerSampler,
  Peers,
  Rng,
  Tenant,
  TenantInput,
} from "../../kernel/index.ts";
import { EventQueue } from "../event-queue.ts";
import type { Arrival } from "./crowd-arrivals.ts";
import { CrowdDesk } from "./crowd-desk.ts";
import type { CrowdMachine, CrowdMachineContext } from "./crowd-machine.ts";
import { CrowdNetwork } from "./crowd-network.ts";
import type { CrowdCounts, CrowdNetworkOptions, NetworkSurroundings } from "./crowd-network.ts";
import { CrowdOracle, LiveNodes } from "./crowd-oracle.ts";
import { CrowdPeers, MAX_CROWD } from "./crowd-peers.ts";
import { CrowdTenants } from "./crowd-tenants.ts";

/** What the maker of a node's tenants is told. */
export interface CrowdContext {
  readonly self: PeerId;
  readonly name: string;
  readonly peers: Peers;
  /** Knows every live node but this one. */
  readonly oracle: PeerSampler;
  readonly now: Instant;
  readonly rng: Rng;
}

export interface CrowdOptions extends CrowdNetworkOptions {
  /** Whole number in `0..2**32-1`. */
  readonly seed: number;
  /** Nodes at the beginning, in `1..MAX_CROWD`. */
  readonly size: number;
  /** Makes the tenants of one node, the same kinds in the same order for all; called again at a restart. */
  readonly tenants?: (context: CrowdContext) => readonly Tenant[];
  /** In place of `tenants`: makes the machines that stand for all nodes. */
  readonly machines?: (context: CrowdMachineContext) => readonly CrowdMachine[];
  /** Told of every event of every node; a crowd keeps none. */
  readonly onEvent?: (node: PeerId, event: NodeEvent) => void;
}

const TIMEOUT: TenantInput = { type: "timeout" };
/** Inputs that one turn may cause: more means that tenants answer each other without end. */
const MAX_CONSEQUENCES = 1 << 26;
/** Turns of a round for which is fetched at once: about what a processor asks memory for at a time. */
const AHEAD = 16;

export class Crowd {
  readonly peers: CrowdPeers = new CrowdPeers();
  readonly #options: CrowdOptions;
  readonly #live = new LiveNodes();
  readonly #tenants: CrowdTenants;
  readonly #network: CrowdNetwork;
  readonly #desk: CrowdDesk;
  readonly #tenantsRng: Rng;
  readonly #orderRng: Rng;
  /** Nodes whose timer rings, by number; everything else by what it does. */
  readonly #queue = new EventQueue<number | Arrival>();
  /** Once there are rounds, all that is sent waits here and takes no time. */
  #round: Arrival[] | undefined;
  /** How many wait: the list is written over, never emptied, for a turn is too short to make one. */
  #waiting = 0;
  /** Who is due in a round. */
  #due = new Uint32Array(0);
  /** Inputs for tenants of the node at hand, when the tenant at hand has returned. */
  readonly #pending: { readonly tenant: number; readonly input: TenantInput }[] = [];
  #handling = false;
  #now = 0 as Instant;
  #events = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(options: CrowdOptions) {
    const { seed, size } = options;
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
      throw optionError("seed", "a whole number in 0..2**32-1", seed);
    }
    if (!Number.isInteger(size) || size < 1 || size > MAX_CROWD) {
      throw optionError("size", `a whole number in 1..${MAX_CROWD}`, size);
    }
    const root = new Sfc32(seed);
    const { tenants, machines } = options;
    if ((tenants === undefined) === (machines === undefined)) {
      throw optionError("tenants", "either these or machines", tenants);
    }
    this.#options = options;
    const oracle = new CrowdOracle(this.#live, NO_PEER);
    this.#tenants = new CrowdTenants(machines?.({ peers: this.peers, oracle }), oracle);
    this.#tenantsRng = root.fork();
    this.#orderRng = root.fork();
    this.#network = new CrowdNetwork(root.fork(), options, this.#surroundings());
    this.#desk = new CrowdDesk(this.peers, this.#network, {
      pend: (tenant, input) => this.#pending.push({ tenant, input }),
      notify: (node, event) => options.onEvent?.(node, event),
    });
    for (let i = 0; i < size; i++) this.add();
  }

  get now(): Instant {
    return this.#now;
  }

  get counts(): CrowdCounts {
    return this.#network.counts;
  }

  /** What tenants have counted as not done, by reason. */
  get drops(): Readonly<Record<string, number>> {
    return this.#desk.drops;
  }

  /** Messages that came, deadlines that were due, links that went up and down. */
  get events(): number {
    return this.#events;
  }

  /** The nodes that live, in an order that means nothing. */
  get live(): readonly PeerId[] {
    return this.#live.all;
  }

  isAlive(node: PeerId): boolean {
    return this.#live.has(node);
  }

  /** The tenant at this place of a node's list; of a dead node, as it died. */
  tenant(node: PeerId, index: number): Tenant {
    const tenant = this.#tenants.at(node, index);
    invariant(tenant !== undefined, `node ${node} has no tenant ${index}`);
    return tenant;
  }

  /** Adds a node and starts it. */
  add(): PeerId {
    const node = this.peers.add();
    this.#start(node);
    return node;
  }

  /** Ends a node; what is on its way to it misses it. */
  kill(node: PeerId): void {
    if (!this.isAlive(node)) throw optionError("node", "a node that lives", node);
    this.#live.delete(node);
    this.#tenants.silence(node);
    this.#network.kill(node);
  }

  /** A node that was killed begins anew and remembers nothing. */
  restart(node: PeerId): void {
    if (this.isAlive(node)) throw optionError("node", "a node that is dead", node);
    this.#start(node);
  }

  /** Hands a command to a node's tenant of that name. */
  command(node: PeerId, tenant: string, command: Command): void {
    const index = this.#tenants.find(node, tenant);
    if (!this.isAlive(node) || index < 0) {
      throw optionError("tenant", `the name of a tenant of a live node`, `${tenant} of ${node}`);
    }
    this.#deliver(node, index, { type: "command", command });
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Lets time pass until `predicate` holds, asked after everything that happens, or `maxMs` are over. */
  runUntil(predicate: () => boolean, maxMs: number): boolean {
    if (!(maxMs >= 0)) throw optionError("ms", "a time of 0 or more", maxMs);
    const end = later(this.#now, maxMs);
    if (predicate()) return true;
    while (this.#queue.size > 0 && this.#queue.nextAt <= end) {
      this.#step();
      if (predicate()) return true;
    }
    if (end > this.#now) this.#now = end;
    return false;
  }

  /**
   * One synchronous round, `ms` after the last: each live node that is due has one turn, in a fresh random order
   * (a fixed one ties how often a node speaks to its place), and all that it causes happens before the next.
   */
  round(ms: number): void {
    this.#round ??= [];
    this.#now = later(this.#now, ms);
    this.#settle();
    const due = this.#whoIsDue();
    shuffle(due, this.#orderRng);
    for (let i = 0; i < due.length; i++) {
      if (i % AHEAD === 0) this.#tenants.fetch(due, i, Math.min(i + AHEAD, due.length));
      const node = due[i] as PeerId;
      if (!this.isAlive(node)) continue;
      this.#onTimeout(node);
      this.#settle();
    }
  }

  #whoIsDue(): Uint32Array {
    const live = this.#live;
    if (this.#due.length < live.size) this.#due = new Uint32Array(live.size);
    const due = this.#due;
    let count = 0;
    for (let i = 0; i < live.size; i++) {
      const node = live.at(i);
      if (this.#tenants.earliest(node) <= this.#now) due[count++] = node;
    }
    return due.subarray(0, count);
  }

  /** Delivers all that waits within a round, first come, first served. */
  #settle(): void {
    const waiting = this.#round as Arrival[];
    for (let i = 0; i < this.#waiting; i++) {
      invariant(i < MAX_CONSEQUENCES, "tenants answer each other without end");
      this.#events++;
      (waiting[i] as Arrival).arrive(this.#network);
    }
    this.#waiting = 0;
  }

  #step(): void {
    this.#now = this.#queue.nextAt as Instant;
    const next = this.#queue.pop() as number | Arrival;
    if (typeof next !== "number") {
      this.#events++;
      return next.arrive(this.#network);
    }
    if (this.#tenants.ringsAt(next) !== this.#now) return;
    this.#tenants.ring(next, NEVER);
    this.#onTimeout(next as PeerId);
    this.#rearm(next as PeerId);
  }

  #start(node: PeerId): void {
    const { peers } = this;
    this.#live.add(node);
    const tenants = this.#options.tenants?.({
      self: node,
      name: peers.nameOf(node),
      peers,
      oracle: new CrowdOracle(this.#live, node),
      now: this.#now,
      rng: this.#tenantsRng,
    });
    this.#tenants.put(node, tenants ?? []);
    this.#deliverAll(node, { type: "start", channels: peers.channelsOf() });
  }

  #onTimeout(node: PeerId): void {
    const tenants = this.#tenants;
    for (let i = 0; i < tenants.width; i++) {
      if (tenants.deadline(node, i) > this.#now) continue;
      this.#events++;
      this.#handle(node, i, TIMEOUT);
    }
  }

  #deliver(node: PeerId, tenant: number, input: TenantInput): void {
    this.#handle(node, tenant, input);
    this.#rearm(node);
  }

  #deliverAll(node: PeerId, input: TenantInput): void {
    const { width } = this.#tenants;
    for (let i = 0; i < width; i++) this.#handle(node, i, input);
    this.#rearm(node);
  }

  /** One tenant handles one input, then those of its node what came of it. */
  #handle(node: PeerId, tenant: number, input: TenantInput): void {
    invariant(!this.#handling, "a crowd was called from inside an effect");
    const tenants = this.#tenants;
    const desk = this.#desk;
    this.#handling = true;
    desk.node = node;
    desk.tenants = tenants.width;
    desk.tenant = tenant;
    const first = tenants.at(node, tenant) as Tenant;
    first.handle(input, this.#now, this.#tenantsRng, desk);
    tenants.due(node, tenant, first.deadline);
    const pending = this.#pending;
    for (let i = 0; i < pending.length; i++) {
      invariant(i < MAX_CONSEQUENCES, "tenants signal each other without end");
      const next = pending[i] as { tenant: number; input: TenantInput };
      desk.tenant = next.tenant;
      const other = tenants.at(node, next.tenant) as Tenant;
      other.handle(next.input, this.#now, this.#tenantsRng, desk);
      tenants.due(node, next.tenant, other.deadline);
    }
    if (pending.length > 0) pending.length = 0;
    this.#handling = false;
  }

  /** Sets the node's timer; there is none within rounds, which ask everybody. */
  #rearm(node: PeerId): void {
    if (this.#round !== undefined) return;
    const tenants = this.#tenants;
    const deadline = tenants.earliest(node);
    if (deadline < tenants.ringsAt(node)) {
      const at = deadline > this.#now ? deadline : this.#now;
      tenants.ring(node, at);
      this.#queue.push(at, node);
    }
  }

  #surroundings(): NetworkSurroundings {
    return {
      peers: this.peers,
      now: () => this.#now,
      isAlive: (node) => this.isAlive(node),
      deliver: (node, tenant, input) => this.#deliver(node, tenant, input),
      deliverAll: (node, input) => this.#deliverAll(node, input),
      schedule: (at, arrival) => {
        if (this.#round === undefined) this.#queue.push(at, arrival);
        else this.#round[this.#waiting++] = arrival;
      },
    };
  }
}
