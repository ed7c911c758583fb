/**
 * A world whose nodes are members of one cluster, and what can be asked of them as a whole.
 * @module
 */
import { encodeUtf8 } from "../codec/index.ts";
import type { CompositionConfig } from "../composition/index.ts";
import { HearsayError, invariant } from "../kernel/index.ts";
import type { Address, Command, Incarnation, Instant, Tenant } from "../kernel/index.ts";
import { LATEST_PROTOCOL, Membership, resolveMembershipConfig } from "../membership/index.ts";
import type {
  MembershipCommand,
  MembershipConfig,
  MembershipOptions,
  MemberView,
  Tags,
} from "../membership/index.ts";
import type { StateCommand } from "../state/index.ts";
import { Agreement } from "./agreement.ts";
import type { Disagreement } from "./agreement.ts";
import type { NodeContext } from "./node-spec.ts";
import type { Secrets } from "./secrets.ts";
import { World } from "./world.ts";
import type { WorldOptions } from "./world-options.ts";

export interface ClusterWorldOptions extends WorldOptions {
  /** The same for every node. @default the preset "lan" */
  readonly membership?: MembershipOptions;
  /** Tenants of every node beside membership. @default none */
  readonly tenants?: (
    context: NodeContext,
    membership: Membership,
    node: string,
  ) => readonly Tenant[];
  /** What nodes spend on packets, queues and streams; asked once for each. @default defaults for all */
  readonly composition?: (node: string) => Partial<CompositionConfig>;
  /** Told of every start of a node, before the node says anything, with what an earlier run of it has kept. */
  readonly onStart?: (node: string, kept: unknown) => void;
  /** What the application of a node that crashes has where a crash does not reach. @default nothing */
  readonly keep?: (node: string) => unknown;
  /** What is left of that when its writing was cut off. @default nothing */
  readonly tear?: (kept: unknown) => unknown;
  /** Names of nodes that every node asks when it has lost somebody, and now and then. @default none */
  readonly seeds?: readonly string[];
  /** What the nodes put around what they send, where that can change; instead of `envelopes`. @default nothing */
  readonly secrets?: Secrets;
}

/** What an application finds on its disk. */
interface Memories {
  readonly others: readonly Address[];
  readonly kept: unknown;
}

/** Time between two looks at whether all agree. */
const AGREEMENT_STEP_MS = 10;
/** How many others an application keeps the addresses of. */
const REMEMBERED_ADDRESSES = 8;

export class Cluster {
  readonly world: World;
  readonly #options: MembershipOptions;
  /** The same, resolved when the first node is added. */
  #config: MembershipConfig | undefined;
  readonly #seeds: readonly string[];
  readonly #tenants: ClusterWorldOptions["tenants"];
  readonly #onStart: ClusterWorldOptions["onStart"];
  readonly #keep: ClusterWorldOptions["keep"];
  readonly #tear: ClusterWorldOptions["tear"];
  readonly #composition: ClusterWorldOptions["composition"];
  /** Of each node's latest run. */
  readonly #memberships = new Map<string, Membership>();
  readonly #left = new Set<string>();
  /** The names that nodes go by among the others. */
  readonly #memberNames = new Map<string, string>();
  readonly #startedAt = new Map<string, Instant>();
  readonly #secrets: Secrets | undefined;
  /** Versions of memberlist's protocol: of the program that is there, and of the one that runs. */
  readonly #installed = new Map<string, number>();
  readonly #running = new Map<string, number>();
  #oldStarts = 0;
  readonly #agreement: Agreement;
  #commands = 0;
  #publications = 0;
  #tellings = 0;

  constructor(options: ClusterWorldOptions) {
    const { secrets } = options;
    this.#secrets = secrets;
    this.world = new World({
      ...options,
      ...(secrets !== undefined && { envelopes: (name: string) => secrets.envelopesOf(name) }),
      onEvent: (event) => {
        if (event.event.type === "seedsWanted") this.#nameSeeds(event.node);
        options.onEvent?.(event);
      },
    });
    this.#agreement = new Agreement(this.world, (name) => this.membership(name));
    this.#options = options.membership ?? {};
    this.#seeds = options.seeds ?? [];
    this.#tenants = options.tenants;
    this.#onStart = options.onStart;
    this.#keep = options.keep;
    this.#tear = options.tear;
    this.#composition = options.composition;
  }

  /**
   * Adds a node that knows nobody yet. As what an application keeps on disk it has the addresses of those whom it saw
   * alive, and when it is restarted with memory, it joins through them.
   * @param as the name that it goes by among the others @default `name`
   */
  add(
    name: string,
    tags: Tags = new Map<string, string>(),
    address?: Address,
    as: string = name,
  ): void {
    this.#memberNames.set(name, as);
    this.world.add(name, {
      name: as,
      remember: (): Memories => ({ others: this.#othersOf(name), kept: this.#keep?.(name) }),
      tear: (memory): Memories => {
        const { others, kept } = memory as Memories;
        return { others: torn(others), kept: this.#tear?.(kept) };
      },
      tenants: (context) => {
        const { peers, epochSeconds, now } = context;
        // The same run in a machine that was read back has begun before, and has left if it had.
        const isNew = this.#startedAt.get(name) !== now;
        const memories = context.memory as Memories | undefined;
        if (isNew) this.#begin(name, memories?.kept);
        const membership = new Membership({
          name: as,
          address: context.address,
          peers,
          tags,
          config: (this.#config ??= resolveMembershipConfig(this.#options)),
          hasSeeds: this.#seeds.length > 0,
          // A clock may be set back behind the beginning of time; incarnations begin at 1.
          firstIncarnation: Math.max(1, epochSeconds) as Incarnation,
          protocol: this.#running.get(name),
          now,
        });
        this.#memberships.set(name, membership);
        if (isNew) this.#rejoin(name, memories?.others ?? []);
        this.#startedAt.set(name, now);
        return [membership, ...(this.#tenants?.(context, membership, name) ?? [])];
      },
      ...(address !== undefined && { address }),
      ...(this.#composition !== undefined && { config: this.#composition(name) }),
    });
  }

  /** Options of membership, the same for every node. */
  get options(): MembershipOptions {
    return this.#options;
  }

  /** Keys and labels of the nodes. @throws HearsayError `ERR_STATE` for a cluster whose envelopes are its maker's affair */
  get secrets(): Secrets {
    if (this.#secrets !== undefined) return this.#secrets;
    throw new HearsayError("ERR_STATE", "the keys and labels of this cluster cannot be changed");
  }

  /** Whether there are keys or labels, which may differ from node to node. */
  get hasSecrets(): boolean {
    return this.#secrets?.isOn === true;
  }

  /** What has gone wrong: between nodes, with nodes, with their keys and programs. */
  get faultCounts(): Readonly<Record<string, number>> {
    const { datagrams: _, datagramBytes: __, ...network } = this.world.counts;
    const namesakes = [...this.#memberNames].filter(([node, name]) => node !== name).length;
    const ofNodes = { ...this.world.nodeCounts, oldStarts: this.#oldStarts, namesakes };
    return { ...network, ...ofNodes, ...this.#secrets?.counts };
  }

  /** Puts another program on the disk of a node: from its next start on it speaks this version of the protocol. */
  setProgram(name: string, protocol: number): void {
    this.world.addressOf(name);
    this.#installed.set(name, protocol);
  }

  /** Adds the nodes; all but the first join it. */
  form(names: readonly string[]): void {
    for (const name of names) this.add(name);
    const [first, ...others] = names;
    for (const name of others) this.join(name, [first as string]);
  }

  join(name: string, via: readonly string[]): void {
    const addresses = via.map((other) => this.world.addressOf(other));
    this.#command(name, (id) => ({ type: "join", id, addresses }));
  }

  /** Publishes something that no other publication is, by the tree that the node's tenants carry. */
  publish(name: string): void {
    const payload = encodeUtf8(`${name} ${++this.#publications}`);
    this.world.command(name, "plumtree", { type: "publish", topic: "t", payload } as Command);
  }

  /** Has a node set a key of its state, of four, or delete it; at times to what fits no packet. */
  tell(name: string): void {
    const count = ++this.#tellings;
    const key = `k${count % 4}`;
    const value = encodeUtf8(`${name} ${count}`.padEnd(count % 7 === 0 ? 3000 : 0));
    const command: StateCommand =
      count % 5 === 0 ? { type: "delete", key } : { type: "set", key, value, ttlMs: 0 };
    this.world.command(name, "state", command);
  }

  /** From here on the node is no live member, although its process runs. */
  leave(name: string): void {
    this.#command(name, (id) => ({ type: "leave", id }));
    this.#left.add(name);
  }

  setTags(name: string, tags: Tags): void {
    this.#command(name, (id) => ({ type: "setTags", id, tags }));
  }

  membership(name: string): Membership {
    const membership = this.#memberships.get(name);
    invariant(membership !== undefined, `no member is named ${name}`);
    return membership;
  }

  /** The name that a node goes by among the others. */
  memberNameOf(node: string): string {
    return this.#memberNames.get(node) ?? node;
  }

  /** Everybody whom a node knows, by name. */
  members(name: string): readonly MemberView[] {
    return this.membership(name).members();
  }

  /** Nodes whose process runs, is not paused, and has not left. */
  get live(): readonly string[] {
    const { world } = this;
    return world.names.filter((name) => {
      return world.isAlive(name) && !world.isPaused(name) && !this.#left.has(name);
    });
  }

  /** Nodes of whom it is open what the others should see: paused ones. */
  get unclear(): readonly string[] {
    return this.world.names.filter((name) => this.world.isPaused(name));
  }

  /**
   * Where the views of live nodes differ: in who is there, and with what incarnation, state, address and
   * tags. The dead, the left and the forgotten count as gone.
   */
  disagreements(): Disagreement[] {
    return this.#agreement.disagreements(this.live, this.#memberNamesOf(this.world.names));
  }

  /** Whether every live node sees every live node alive, all others gone, and all see them alike. */
  get agreed(): boolean {
    const { live } = this;
    const unclear = this.#memberNamesOf(this.unclear);
    return this.#agreement.isWhole(live, this.#memberNamesOf(live), unclear);
  }

  /** Whether each of these sees each of them alive, and all see them alike. */
  agreedAmong(names: readonly string[]): boolean {
    return this.#agreement.isAmong(names);
  }

  /**
   * Lets time pass until the cluster agrees, or these of it do, asked every 10 ms; false if they do not within
   * `maxMs`.
   */
  runUntilAgreed(maxMs: number, among?: readonly string[]): boolean {
    const { world } = this;
    const end = world.now + maxMs;
    while (!(among === undefined ? this.agreed : this.agreedAmong(among))) {
      if (world.now >= end) return false;
      world.run(Math.min(AGREEMENT_STEP_MS, end - world.now));
    }
    return true;
  }

  /** A run of a node begins. */
  #begin(name: string, kept: unknown): void {
    const protocol = this.#installed.get(name) ?? LATEST_PROTOCOL;
    if (protocol < LATEST_PROTOCOL) this.#oldStarts++;
    this.#running.set(name, protocol);
    this.#secrets?.started(name, protocol);
    this.#left.delete(name);
    this.#onStart?.(name, kept);
  }

  #othersOf(name: string): Address[] {
    const others = this.members(name).filter((member) => {
      return member.state === "alive" && member.address !== this.world.addressOf(name);
    });
    return others.slice(0, REMEMBERED_ADDRESSES).map((member) => member.address);
  }

  /** As an application does that has found a list of members. */
  #rejoin(name: string, addresses: readonly Address[]): void {
    if (addresses.length === 0) return;
    this.world.after(0, () => {
      if (this.world.isAlive(name)) this.#command(name, (id) => ({ type: "join", id, addresses }));
    });
  }

  #memberNamesOf(names: readonly string[]): string[] {
    return names.map((name) => this.memberNameOf(name));
  }

  /** As a host does that resolves its seeds anew. */
  #nameSeeds(node: string): void {
    this.world.after(0, () => {
      if (!this.world.isAlive(node)) return;
      const addresses = this.#seeds.map((seed) => this.world.addressOf(seed));
      this.world.command(node, "membership", { type: "askSeeds", addresses } as MembershipCommand);
    });
  }

  #command(name: string, command: (id: number) => MembershipCommand): void {
    this.world.command(name, "membership", command(++this.#commands));
  }
}

/** A list of addresses that was being written when the machine stopped: half of it, and no port to the last. */
function torn(addresses: readonly Address[] = []): readonly Address[] {
  const half = addresses.slice(0, (addresses.length + 1) >> 1);
  const last = half.pop();
  return last === undefined ? half : [...half, last.replace(/:\d+$/, ":7") as Address];
}
