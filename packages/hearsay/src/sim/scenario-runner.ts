/**
 * Carries out the commands of a scenario, one after the other.
 *
 *     const runner = new ScenarioRunner();
 *     runner.run({ number: 1, text: "cluster a b c preset=local seed=7" });
 *     runner.run({ number: 2, text: "run 5s" });      what the nodes said, line by line
 *     runner.cluster                                  to look at whatever else there is
 *
 * `cluster` lets its nodes find each other before the story begins: time is counted from there, and what
 * they said until then is left out. Incarnations are small numbers here, because the wall clock of
 * scenarios begins at second 1.
 * @module
 */
import { addressHost, assertNever, HearsayError } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import type { NodeInput } from "../composition/index.ts";
import type { PartChecker } from "./checkers/checker.ts";
import { Cluster } from "./cluster.ts";
import type { NodeEnvelopes } from "./node-spec.ts";
import { Secrets } from "./secrets.ts";
import type { ClusterCommand, LookCommand, ScenarioCommand } from "./scenario-command.ts";
import { parseCommand } from "./scenario-parser.ts";
import { isCommand, ScenarioError } from "./scenario-text.ts";
import type { ScenarioBlock, ScenarioLine } from "./scenario-text.ts";
import { obey } from "./scenario-faults.ts";
import { StoryParts } from "./story-parts.ts";
import type { StoryQuestion } from "./story-parts.ts";
import { sentence, tagsText } from "./transcript.ts";
import type { WireMode } from "./udp.ts";
import type { TraceOptions } from "./trace.ts";
import type { WorldEvent, WorldOptions, WorldSend } from "./world-options.ts";

/** As `WireMode`; or as bytes that are sealed with a key, whether or not the story has one. */
export type StoryWire = WireMode | "sealed";

export interface ScenarioOptions {
  /** How packets travel, if they are not sealed by the story itself. @default "bytes" */
  readonly wire?: StoryWire;
  /** What is around a node's packets and streams, as in `WorldOptions`. */
  readonly envelopes?: (node: string) => NodeEnvelopes;
  /** As in `WorldOptions`; each node has a table of peers of its own where it is asked for. */
  readonly trace?: TraceOptions;
  readonly peers?: Exclude<WorldOptions["peers"], undefined>;
  /** Looks at all that happens, from before the first node starts. @default nobody */
  readonly watch?: ScenarioWatch;
}

/** Whoever looks on: see `Watch`. What it throws ends the scenario. */
export interface ScenarioWatch {
  began(cluster: Cluster): void;
  started(node: string): void;
  event(event: WorldEvent): void;
  step(node: string, input: NodeInput["type"]): void;
  /** All that nodes send by themselves. */
  sent?(sent: WorldSend): void;
  /** What the nodes carry beside membership is looked at by these, too. */
  carries?(checkers: readonly PartChecker[]): void;
  /** What a part promises is broken: by whom, in a sentence, and who saw it. */
  broken?(node: string, message: string, checker: string): void;
  /** The scenario has waited for agreement, of all or of these. */
  waited(agreed: boolean, ms: number, among: readonly string[] | undefined): void;
}

/** Name of the key that seals a story which has none of its own. */
const FIRST_KEY = "k1";
/** Most time that the nodes of `cluster` get to find each other. */
const FORMATION_MS = 60_000;
/** Width of the times in front of lines. */
const TIME_WIDTH = 6;

export class ScenarioRunner {
  readonly #options: ScenarioOptions;
  #cluster: Cluster | undefined;
  /** What the nodes carry beside membership. */
  #parts: StoryParts | undefined;
  #startedAt = 0;
  /** Events told so far. */
  #told = 0;

  constructor(options: ScenarioOptions = {}) {
    this.#options = options;
  }

  /** The cluster of the story; `undefined` before the command `cluster`. */
  get cluster(): Cluster | undefined {
    return this.#cluster;
  }

  /** When the story began, by the clock of the world. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /**
   * Carries out one line; returns what the nodes said, then what the command has to say.
   * @throws ScenarioError
   */
  run(line: ScenarioLine): string[] {
    return this.obey(parseCommand(line), line.number);
  }

  /**
   * Carries out one command; `line` is named if that cannot be done.
   * @throws ScenarioError
   */
  obey(command: ScenarioCommand, line: number): string[] {
    try {
      if (command.type === "cluster") {
        this.#form(command);
        return [];
      }
      if (this.#cluster === undefined) throw new ScenarioError(line, "begin with a cluster");
      const output = this.#obey(command, this.#cluster);
      return [...this.#news(this.#cluster), ...output];
    } catch (error) {
      if (!(error instanceof HearsayError) || error instanceof ScenarioError) throw error;
      throw new ScenarioError(line, error.message, error);
    }
  }

  #form(command: ClusterCommand): void {
    const { names, seed, latencyMs, loss, seeds, options: settings } = command;
    const parts = new StoryParts(command);
    this.#parts = parts;
    const membership = Object.fromEntries(
      [...settings].map(([key, value]) => [key, key === "preset" ? value : Number(value)]),
    );
    const { watch, wire = "bytes", ...options } = this.#options;
    const key = command.key || (wire === "sealed" ? FIRST_KEY : "");
    const secrets = new Secrets(key, command.label ?? "");
    const cluster = new Cluster({
      ...options,
      ...(options.envelopes === undefined && { secrets }),
      wire: secrets.isOn || wire === "sealed" ? "bytes" : wire,
      seed,
      network: { latencyMs, loss },
      membership,
      seeds,
      epochSeconds: 1,
      tenants: (context, own, node) => parts.tenants(node, context, own),
      keep: (node) => parts.maps?.kept(node),
      tear: (kept) => torn(kept as Uint8Array | undefined),
      onStart: (node, kept) => {
        parts.started(node, kept as Uint8Array | undefined);
        watch?.started(node);
      },
      onEvent: (event) => {
        parts.event(event, (message, checker) => {
          watch?.broken?.(event.node, message, checker);
        });
        watch?.event(event);
      },
      ...(watch !== undefined && {
        onStep: (node, input) => watch.step(node, input),
        ...(watch.sent !== undefined && { onSend: (sent: WorldSend) => watch.sent?.(sent) }),
      }),
    });
    parts.began(cluster.world);
    watch?.carries?.(parts.checkers);
    watch?.began(cluster);
    cluster.form(names);
    if (!cluster.runUntilAgreed(FORMATION_MS)) {
      const message = `the nodes have not found each other within ${FORMATION_MS}ms`;
      throw new HearsayError("ERR_STATE", message);
    }
    this.#cluster = cluster;
    this.#startedAt = cluster.world.now;
    this.#told = cluster.world.events.length;
  }

  #obey(command: Exclude<ScenarioCommand, ClusterCommand>, cluster: Cluster): string[] {
    const { world } = cluster;
    switch (command.type) {
      case "run":
        world.run(command.ms);
        return [];
      case "runUntilAgreed": {
        const began = world.now;
        const { maxMs, among } = command;
        const agreed = cluster.runUntilAgreed(maxMs, among);
        this.#options.watch?.waited(agreed, world.now - began, among);
        return [
          agreed ? `agreed at ${this.#time(world.now)}` : `not agreed at ${this.#time(world.now)}`,
        ];
      }
      case "members":
      case "agree":
      case "counts":
        return look(command, cluster);
      case "topics":
      case "maps":
      case "state":
      case "judgements":
      case "aggregates":
        return this.#ask(command.type, cluster);
      default:
        obey(command, cluster, this.#parts?.maps);
        if (command.type === "leave") for (const name of command.names) this.#parts?.left(name);
        return [];
    }
  }

  #ask(question: StoryQuestion, cluster: Cluster): string[] {
    const complain = (message: string, checker: string): void =>
      this.#options.watch?.broken?.("somebody", message, checker);
    return this.#parts?.ask(question, cluster, complain) ?? [];
  }

  /** What the nodes have said since the last look. */
  #news({ world }: Cluster): string[] {
    // By host alone: streams come from ports that nobody listens on.
    const names = new Map(
      world.names.flatMap((name) => [
        [addressHost(world.addressOf(name)), name],
        [addressHost(world.seenAs(name)), name],
      ]),
    );
    const nameOf = (address: Address): string => names.get(addressHost(address)) ?? address;
    const width = Math.max(...world.names.map((name) => name.length));
    const lines = world.events.slice(this.#told).flatMap((entry) => {
      const text = sentence(entry, nameOf);
      if (text === undefined) return [];
      const time = String(Math.round(entry.at - this.#startedAt)).padStart(TIME_WIDTH);
      return [`${time}ms  ${entry.node.padEnd(width)}  ${text}`];
    });
    this.#told = world.events.length;
    return lines;
  }

  #time(at: number): string {
    return `${Math.round(at - this.#startedAt)}ms`;
  }
}

/** A file that was being written when the machine stopped. */
function torn(kept: Uint8Array | undefined): Uint8Array | undefined {
  return kept?.subarray(0, kept.length >> 1);
}

/** Carries out blocks of commands; returns what happened in each. */
export function runBlocks(blocks: readonly ScenarioBlock[], runner: ScenarioRunner): string[][] {
  if (!blocks.some(({ lines }) => lines.some(isCommand))) {
    throw new ScenarioError(1, "begin with a cluster, such as cluster a b c seed=7");
  }
  return blocks.map(({ lines }) => {
    const output = lines.filter(isCommand).flatMap((line) => runner.run(line));
    return output.length === 0 ? ["ok"] : output;
  });
}

function look(command: Exclude<LookCommand, { type: StoryQuestion }>, cluster: Cluster): string[] {
  switch (command.type) {
    case "members":
      return members(cluster, command.name);
    case "agree":
      return agreement(cluster);
    case "counts":
      return counts(cluster);
    default:
      return assertNever(command);
  }
}

function members(cluster: Cluster, name: string): string[] {
  // Asks the world first: it knows which names there are.
  cluster.world.machine(name);
  const views = cluster.members(name);
  const width = Math.max(...views.map((view) => view.name.length));
  return views.map((view) => {
    const { state, incarnation } = view;
    const line = `${view.name.padEnd(width)}  ${state.padEnd(7)}  incarnation ${incarnation}`;
    return view.tags.size === 0 ? line : `${line}  ${tagsText(view)}`;
  });
}

function agreement(cluster: Cluster): string[] {
  const { live } = cluster;
  const lines = cluster.disagreements().map(({ about, opinions }) => {
    const texts = opinions.map(({ sees, nodes }) => `${sees} to ${nodes.join(" ")}`);
    return `${about} is ${texts.join("; ")}`;
  });
  return lines.length === 0 ? [`${live.length} live nodes agree: ${live.join(" ")}`] : lines;
}

/** Which faults have struck, and how often. */
function counts({ faultCounts }: Cluster): string[] {
  const struck = Object.entries(faultCounts).filter(([, count]) => count > 0);
  return [struck.map(([fault, count]) => `${fault} ${count}`).join("  ")];
}
