/**
 * Runs scenario files: tests, `hearsay sim run` and the page's replay read the same ones.
 *
 * `cluster` lets its nodes find each other before the story begins: time is counted from there, and what
 * they said until then is left out. Incarnations are small numbers here, because the wall clock of
 * scenarios begins at second 1.
 * @module
 */
import { addressHost, assertNever, HearsayError } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import { Cluster } from "./cluster.ts";
import { parseCommand } from "./scenario-command.ts";
import type { ScenarioCommand } from "./scenario-command.ts";
import { formatScenario, isCommand, parseScenario, ScenarioError } from "./scenario-text.ts";
import type { ScenarioLine } from "./scenario-text.ts";
import { sentence, tagsText } from "./transcript.ts";
import type { WireMode } from "./udp.ts";

export interface ScenarioOptions {
  /** @default "bytes" */
  readonly wire?: WireMode;
}

/** Most time that the nodes of `cluster` get to find each other. */
const FORMATION_MS = 60_000;
/** Width of the times in front of lines. */
const TIME_WIDTH = 6;

/**
 * The scenario with what really happened below each `----`: equal to `text` if all came as written.
 * @throws ScenarioError for a command that cannot be read or carried out
 */
export function runScenario(text: string, options: ScenarioOptions = {}): string {
  const blocks = parseScenario(text);
  const runner = new ScenarioRunner(options);
  const outputs = blocks.map(({ lines }) => {
    const output = lines.filter(isCommand).flatMap((line) => runner.run(line));
    return output.length === 0 ? ["ok"] : output;
  });
  return formatScenario(blocks, outputs);
}

class ScenarioRunner {
  readonly #wire: WireMode;
  #cluster: Cluster | undefined;
  #startedAt = 0;
  /** Events told so far. */
  #told = 0;

  constructor({ wire = "bytes" }: ScenarioOptions) {
    this.#wire = wire;
  }

  /** Carries out one command; returns what the nodes said, then what the command has to say. */
  run(line: ScenarioLine): string[] {
    const command = parseCommand(line);
    try {
      if (command.type === "cluster") {
        this.#form(command);
        return [];
      }
      if (this.#cluster === undefined) throw new ScenarioError(line.number, "begin with a cluster");
      const output = this.#obey(command, this.#cluster);
      return [...this.#news(this.#cluster), ...output];
    } catch (error) {
      if (!(error instanceof HearsayError) || error instanceof ScenarioError) throw error;
      throw new ScenarioError(line.number, error.message, error);
    }
  }

  #form(command: Extract<ScenarioCommand, { type: "cluster" }>): void {
    const { names, seed, latencyMs, loss, options } = command;
    const membership = Object.fromEntries(
      [...options].map(([key, value]) => [key, key === "preset" ? value : Number(value)]),
    );
    const network = { latencyMs, loss };
    const cluster = new Cluster({ seed, network, membership, wire: this.#wire, epochSeconds: 1 });
    cluster.form(names);
    if (!cluster.runUntilAgreed(FORMATION_MS)) {
      const message = `the nodes have not found each other within ${FORMATION_MS}ms`;
      throw new HearsayError("ERR_STATE", message);
    }
    this.#cluster = cluster;
    this.#startedAt = cluster.world.now;
    this.#told = cluster.world.events.length;
  }

  #obey(command: Exclude<ScenarioCommand, { type: "cluster" }>, cluster: Cluster): string[] {
    const { world } = cluster;
    switch (command.type) {
      case "run":
        world.run(command.ms);
        return [];
      case "runUntilAgreed": {
        const agreed = cluster.runUntilAgreed(command.maxMs);
        return [
          agreed ? `agreed at ${this.#time(world.now)}` : `not agreed at ${this.#time(world.now)}`,
        ];
      }
      case "add":
        return each(command.names, (name) => cluster.add(name));
      case "leave":
        return each(command.names, (name) => cluster.leave(name));
      case "kill":
        return each(command.names, (name) => world.crash(name));
      case "restart":
        return each(command.names, (name) => world.restart(name));
      case "pause":
        return each(command.names, (name) => world.pause(name));
      case "resume":
        return each(command.names, (name) => world.resume(name));
      case "join":
        cluster.join(command.name, command.via);
        return [];
      case "tags":
        cluster.setTags(command.name, command.tags);
        return [];
      case "partition":
        world.partition(command.groups);
        return [];
      case "cut":
        world.cut(command.from, command.to);
        return [];
      case "repair":
        world.repair();
        return [];
      case "loss":
        world.network.setLoss(command.loss);
        return [];
      case "latency":
        world.network.setLatency(command.latencyMs);
        return [];
      case "members":
        return members(cluster, command.name);
      case "agree":
        return agreement(cluster);
      default:
        return assertNever(command);
    }
  }

  /** What the nodes have said since the last look. */
  #news({ world }: Cluster): string[] {
    // By host alone: streams come from ports that nobody listens on.
    const names = new Map(world.names.map((name) => [addressHost(world.addressOf(name)), name]));
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

function each(names: readonly string[], act: (name: string) => void): string[] {
  for (const name of names) act(name);
  return [];
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
