/**
 * Scuttlebutt under load: keys are written all the time, nodes exchange within a budget, and what is written reaches all.
 *
 *     second    1     2    …   `seconds`   …  + `drain`        writes stop, what is left drains
 *     writes    ▮▮▮   ▮▮▮      ▮▮▮
 *     exchange  each node begins one with anybody: syn, ack, ack2
 *     looked    how old is what somebody lacks; is the invariant kept; what came twice
 *
 * The machine is the one that nodes run. Of what the paper compares, the reconciliation of single mappings ("precise") is
 * not here: it is no machine of ours.
 * @see van Renesse, Dumitriu, Gough, Thomas 2008, sections 3 and 5
 * @module
 */
import { RecordedEffects, Sfc32 } from "hearsay/kernel";
import type {
  Instant,
  PeerId,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
} from "hearsay/kernel";
import { resolveStateConfig, ThreeWayExchange } from "hearsay/state";
import type { StateCommand, StateConfig, StateMessage } from "hearsay/state";
import { Crowd } from "hearsay/sim";
import { NETWORK_OPTIONS, networkOf } from "../crowd/crowd-options.ts";
import { experiment } from "../experiment.ts";
import type { Sample } from "../experiment.ts";
import { number, whole, word } from "../option-table.ts";
import type { OptionSpec, ParametersOf } from "../option-table.ts";

const OPTIONS = {
  n: whole(128, "nodes", { least: 2, most: 10_000 }),
  keys: whole(64, "keys of each node", { least: 1, most: 1024 }),
  updates: number(50, "writes a second, of any key of any node", { most: 100_000 }),
  seconds: whole(100, "seconds in which there are writes", { least: 1, most: 100_000 }),
  drain: whole(60, "seconds after that, at the most, until all have all", { most: 100_000 }),
  deltas: whole(100, "keys that one step of an exchange carries; 0 leaves it to the bytes", {
    most: 1_000_000,
  }),
  order: word(
    "depth",
    ["fair", "breadth", "depth"],
    "which owners go first where there is no room",
  ),
  digest: word(
    "full",
    ["full", "summary"],
    "digests of all owners, or sums and the parts that differ",
  ),
  valueBytes: whole(16, "bytes of a value", { least: 1, most: 65_536 }),
  packetBytes: whole(65_000, "bytes of a packet", { least: 192, most: 65_000 }),
  budgetBytes: whole(1 << 20, "bytes of deltas in one step", { least: 192, most: 1 << 20 }),
  intervalMs: whole(1000, "ms between two exchanges of a node", { least: 1, most: 600_000 }),
  eagerMs: whole(1000, "the same while there is news", { least: 1, most: 600_000 }),
  hosting: word(
    "rounds",
    ["rounds", "events"],
    "rounds in a fresh random order, an exchange at a time; or nodes in phases of their own",
  ),
  checked: whole(
    64,
    "pairs of an owner and another of whom the invariant is looked at each second",
    { most: 100_000 },
  ),
  ...NETWORK_OPTIONS,
} satisfies Record<string, OptionSpec>;

type Parameters = ParametersOf<typeof OPTIONS>;

/** What nodes have sent and taken in. */
class Counts {
  bytes = 0;
  messages = 0;
  taken = 0;
  redundant = 0;
}

/** A node's machine, its messages counted. */
class Counted implements Tenant<StateMessage, StateCommand> {
  readonly machine: ThreeWayExchange;
  readonly #counts: Counts;

  constructor(machine: ThreeWayExchange, counts: Counts) {
    this.machine = machine;
    this.#counts = counts;
  }

  get name(): string {
    return this.machine.name;
  }

  get wire(): ThreeWayExchange["wire"] {
    return this.machine.wire;
  }

  get deadline(): Instant {
    return this.machine.deadline;
  }

  save(): Saved {
    return this.machine.save();
  }

  restore(saved: Saved): void {
    this.machine.restore(saved);
  }

  handle(
    input: TenantInput<StateMessage, StateCommand>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<StateMessage>,
  ): void {
    if (input.type === "message") this.#count(input.message);
    this.machine.handle(input, now, rng, effects);
  }

  #count(message: StateMessage): void {
    const type = this.wire.messages.find((one) => one.type === message.type);
    this.#counts.messages++;
    this.#counts.bytes += type?.sizeOf(message) ?? 0;
    if (message.type !== "ack" && message.type !== "ack2") return;
    for (const { owner, entries } of message.deltas) {
      const known = this.machine.standing(owner)?.version ?? 0;
      for (const { version } of entries) {
        this.#counts.taken++;
        if (version <= known) this.#counts.redundant++;
      }
    }
  }
}

class ScuttlebuttLab {
  readonly #parameters: Parameters;
  readonly #crowd: Crowd;
  readonly #machines: readonly ThreeWayExchange[];
  readonly #rng: Sfc32;
  readonly #counts = new Counts();
  /** When each node has written which version: index is the version. */
  readonly #written: readonly number[][];
  #updates = 0;
  #due = 0;

  constructor(parameters: Parameters, seed: number) {
    const { n } = parameters;
    this.#parameters = parameters;
    this.#rng = new Sfc32(seed, 5);
    const config = configOf(parameters);
    this.#crowd = new Crowd({
      seed,
      size: n,
      ...networkOf(parameters),
      tenants: ({ name, peers, oracle }) => {
        const machine = new ThreeWayExchange({ name, epoch: 1, peers, sampler: oracle, config });
        return [new Counted(machine, this.#counts) as unknown as Tenant];
      },
    });
    const tenants = Array.from({ length: n }, (_, node) => {
      return this.#crowd.tenant(node as PeerId, 0) as unknown as Counted;
    });
    this.#machines = tenants.map(({ machine }) => machine);
    this.#written = tenants.map(() => [0]);
    introduce(this.#machines);
  }

  run(): Sample {
    const { n, seconds, drain, updates, hosting } = this.#parameters;
    if (hosting === "rounds") this.#crowd.round(0);
    const stale: number[] = [];
    const oldest: number[] = [];
    let violations = 0;
    let drained = -1;
    for (let second = 1; second <= seconds + drain; second++) {
      if (second <= seconds) this.#write(second, updates);
      if (hosting === "rounds") this.#crowd.round(1000);
      else this.#crowd.run(1000);
      const { pairs, age } = this.#staleness(second);
      stale.push(pairs / n);
      oldest.push(age);
      violations += this.#violations();
      if (second >= seconds && pairs === 0) {
        drained = second - seconds;
        break;
      }
    }
    const { bytes, messages, taken, redundant } = this.#counts;
    const ran = oldest.length;
    return {
      maxStaleness: [Math.max(...oldest)],
      redundant: [redundant],
      perUpdate: [this.#updates === 0 ? 0 : (taken - redundant) / this.#updates],
      drained: [drained],
      violations: [violations],
      bytes: [bytes / n / ran],
      messages: [messages / n / ran],
      second: oldest.map((_, index) => index + 1),
      stale,
      oldest,
    };
  }

  #write(second: number, perSecond: number): void {
    const { n, keys, valueBytes } = this.#parameters;
    this.#due += perSecond;
    for (; this.#due >= 1; this.#due--) {
      const node = this.#rng.below(n);
      const key = `key ${this.#rng.below(keys)}`;
      const value = new Uint8Array(valueBytes).fill(this.#rng.below(256));
      const command: StateCommand = { type: "set", key, value, ttlMs: 0 };
      this.#crowd.command(node as PeerId, "state", command);
      this.#written[node]?.push(second - 1);
      this.#updates++;
    }
  }

  /** Owners of which somebody lacks a key that is still current, and how long ago the oldest of those was written. */
  #staleness(second: number): { readonly pairs: number; readonly age: number } {
    let [pairs, age] = [0, 0];
    for (const [node, owner] of this.#machines.entries()) {
      const name = this.#crowd.peers.nameOf(node as PeerId);
      const latest = owner.standing(name)?.version ?? 0;
      if (latest === 0) continue;
      const current = owner.of(name, this.#crowd.now);
      for (const other of this.#machines) {
        const known = other.standing(name)?.version ?? 0;
        if (known >= latest) continue;
        pairs++;
        const first = current.find(({ version }) => version > known);
        if (first === undefined) continue;
        age = Math.max(age, second - (this.#written[node]?.[first.version] as number));
      }
    }
    return { pairs, age };
  }

  /**
   * The invariant, of some owners and others: whatever key is current at the owner, the other has it, or its version is
   * greater than all that the other was told. What was current once and is written over, somebody may rightly have missed.
   */
  #violations(): number {
    const { n, checked } = this.#parameters;
    let violations = 0;
    for (let i = 0; i < checked; i++) {
      const node = this.#rng.below(n);
      const owner = this.#crowd.peers.nameOf(node as PeerId);
      const other = this.#machines[this.#rng.below(n)] as ThreeWayExchange;
      const told = other.standing(owner)?.version ?? 0;
      const held = new Map(other.of(owner, this.#crowd.now).map((row) => [row.key, row.version]));
      for (const { key, version } of this.#machines[node]?.of(owner, this.#crowd.now) ?? []) {
        if (version <= told && held.get(key) !== version) violations++;
      }
    }
    return violations;
  }
}

function configOf(parameters: Parameters): StateConfig {
  const { intervalMs, eagerMs, digest, order, packetBytes, budgetBytes, deltas } = parameters;
  return resolveStateConfig({
    intervalMs,
    eagerMs,
    digest,
    order,
    packetBytes,
    budgetBytes,
    budgetKeys: deltas === 0 ? Infinity : deltas,
    streamBytes: 1 << 30,
    toDeadAndSeeds: false,
    versionsBelow: 0,
  });
}

/** Each is told by hand that all live: a crowd has no membership. */
function introduce(machines: readonly ThreeWayExchange[]): void {
  const effects = new RecordedEffects<StateMessage>();
  const rng = new Sfc32(1);
  for (const [self, machine] of machines.entries()) {
    for (let peer = 0; peer < machines.length; peer++) {
      if (peer === self) continue;
      const signal = { type: "peerUp", peer: peer as PeerId } as const;
      machine.handle({ type: "signal", signal }, 0 as Instant, rng, effects);
    }
  }
}

export const SCUTTLEBUTT = experiment(OPTIONS, {
  name: "load",
  story: "keys are written all the time, and nodes exchange what they lack, within a budget",
  measures: {
    maxStaleness: "seconds since the oldest current key was written that somebody lacked, at most",
    redundant: "keys that came to somebody who had them",
    perUpdate: "keys that were taken in, a write; n − 1 if each is told to each other once",
    drained: "seconds after the last write until all have all; -1 is not within the run",
    violations: "keys that somebody lacked and had no right to, by the invariant",
    bytes: "bytes sent, a node and second",
    messages: "messages sent, a node and second",
    second: "second",
    stale: "owners of which a node lacks something, a node",
    oldest: "seconds since the oldest current key was written that somebody lacks",
  },
  plots: [
    { kind: "curve", title: "Staleness", x: "second", y: "oldest" },
    { kind: "curve", title: "Backlog", x: "second", y: "stale" },
  ],
  check: (parameters) => new ScuttlebuttLab({ ...parameters, n: 2 }, 1),
  run: (parameters, seed) => new ScuttlebuttLab(parameters, seed).run(),
});
