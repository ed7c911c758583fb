/**
 * A cluster of real agents on this machine: starts, breaks and ends them, and keeps the model true.
 *
 * Every child is ended by its own pid: by `end`, by `endNow` when there is no time for more, and by the
 * reaper when we are gone ourselves.
 * @module
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AgentClient } from "../client.ts";
import { DEMO_NODES } from "../options.ts";
import type { Environment } from "../terminal.ts";
import type { AggregateJson } from "../http/aggregate-routes.ts";
import { AgentProcess } from "./agent-process.ts";
import type { Ending } from "./agent-process.ts";
import { DEMO_TOPIC, Greetings } from "./greetings.ts";
import { DEMO_MAP, mapWords, SharedMap } from "./shared-map.ts";
import { DEMO_KEY, SharedState, stateWords } from "./shared-state.ts";
import type { Processes } from "./shared-state.ts";
import type { DemoModel, DemoNode } from "./model.ts";
import { memoryWords } from "./words.ts";
import { Watcher } from "./watcher.ts";

export interface ClusterOptions {
  readonly model: DemoModel;
  readonly env: Environment;
  /** Something in the model has changed. */
  readonly onUpdate: () => void;
}

interface Running {
  readonly process: AgentProcess;
  watcher: Watcher | undefined;
}

/** Processes that start at one time: enough to be quick, few enough for two cores. */
const STARTING_TOGETHER = 4;
/** Members that a newcomer is told to join. */
const SEEDS = 3;
/** A leave takes at most this long before the process is killed. */
const LEAVE_BOUND_MS = 12_000;

const GONE: ReadonlySet<DemoNode["process"]> = new Set(["left", "killed", "failed"]);

const REAPER = fileURLToPath(new URL("./reaper.js", import.meta.url));

export class Cluster {
  readonly greetings: Greetings = new Greetings();
  readonly map: SharedMap = new SharedMap();
  readonly state: SharedState = new SharedState();
  readonly #options: ClusterOptions;
  readonly #running = new Map<string, Running>();
  readonly #reaper: ChildProcess;
  #nextNumber = 1;
  #memory: { readonly result: AggregateJson; readonly from: string } | undefined;
  #ending = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#reaper = spawn(process.execPath, [REAPER], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#reaper.unref();
    for (const part of [this.#reaper, this.#reaper.stdin]) part?.on("error", () => {});
  }

  /**
   * Starts so many nodes: one, then the others, which join it.
   * @throws Error if one of them does not come up
   */
  async form(count: number): Promise<void> {
    await this.#start(this.#add());
    const others = Array.from({ length: count - 1 }, () => this.#add());
    const queue = others.values();
    const worker = async (): Promise<void> => {
      for (const node of queue) await this.#start(node);
    };
    await Promise.all(Array.from({ length: STARTING_TOGETHER }, worker));
  }

  /** What the nodes have come to together, a line each. */
  get shared(): readonly string[] {
    const memory =
      this.#memory === undefined ? [] : [memoryWords(this.#memory.result, this.#memory.from)];
    const observers = this.#options.model.running.map(({ name }) => name);
    const map = this.map.isEmpty ? [] : [mapWords(this.map, observers)];
    const state = observers.length === 0 ? [] : [stateWords(this.state, this.processes)];
    return [...memory, ...state, ...map];
  }

  get processes(): Processes {
    const { nodes, running } = this.#options.model;
    const gone = nodes.filter(({ process }) => GONE.has(process)).map(({ name }) => name);
    return { running: new Map(running.map(({ name, pid }) => [name, pid])), gone };
  }

  /** A further node, or `undefined` when there are enough. */
  startAnother(): DemoNode | undefined {
    if (this.#options.model.nodes.length >= DEMO_NODES.most) return undefined;
    const node = this.#add();
    void this.#start(node).catch(() => {});
    return node;
  }

  /** The same node again: same name, same address, a new process. */
  restart(node: DemoNode): boolean {
    if (this.#running.has(node.name)) return false;
    node.beliefs.clear();
    void this.#start(node).catch(() => {});
    return true;
  }

  kill(node: DemoNode): boolean {
    if (!this.#signal(node, "SIGKILL")) return false;
    this.#set(node, "killed");
    return true;
  }

  pause(node: DemoNode): boolean {
    if (node.process !== "running" || !this.#signal(node, "SIGSTOP")) return false;
    this.#set(node, "paused");
    return true;
  }

  resume(node: DemoNode): boolean {
    if (node.process !== "paused" || !this.#signal(node, "SIGCONT")) return false;
    this.#set(node, "running");
    return true;
  }

  /** Says hello to all, by this node. */
  greet(node: DemoNode): boolean {
    if (node.process !== "running" || node.http === undefined) return false;
    const { text } = this.greetings.begin(node.name);
    const client = new AgentClient(node.http);
    // Who cannot publish any more is shown as gone, and nobody has heard it.
    client.publish(DEMO_TOPIC, Buffer.from(text)).catch(() => {});
    return true;
  }

  /** Sets the key of this node in the map that all share, and waits until another one has it. */
  write(node: DemoNode): number | undefined {
    if (node.process !== "running" || node.http === undefined) return undefined;
    const value = this.map.next();
    const done = (): void => {
      this.map.acknowledge(node.name, value);
      this.#options.onUpdate();
    };
    // What is not acknowledged was never promised.
    new AgentClient(node.http)
      .setKey(DEMO_MAP, node.name, value, { copies: 1, conflict: undefined })
      .then(done, () => {});
    return value;
  }

  /** Asks it to leave. A paused node could not hear that. */
  leave(node: DemoNode): boolean {
    if (node.process !== "running" || !this.#signal(node, "SIGTERM")) return false;
    this.#set(node, "leaving");
    const bound = setTimeout(() => this.#signal(node, "SIGKILL"), LEAVE_BOUND_MS);
    void this.#running.get(node.name)?.process.ended.then(() => clearTimeout(bound));
    return true;
  }

  /** Ends every process and waits until it is gone. */
  async end(): Promise<void> {
    const processes = [...this.#running.values()].map((running) => running.process);
    this.endNow();
    await Promise.all(processes.map((process) => process.ended));
    this.#reaper.stdin?.end();
  }

  /** Kills every process, paused ones too, without waiting. */
  endNow(): void {
    this.#ending = true;
    for (const { process, watcher } of this.#running.values()) {
      watcher?.stop();
      process.signal("SIGKILL");
    }
  }

  #add(): DemoNode {
    return this.#options.model.add(`n${this.#nextNumber++}`);
  }

  async #start(node: DemoNode): Promise<void> {
    if (this.#ending) return;
    const { model, env } = this.#options;
    const doors = model.running.filter(({ name }) => name !== node.name);
    const agent = new AgentProcess({
      name: node.name,
      bind: node.address ?? "127.0.0.1:0",
      join: doors.slice(0, SEEDS).map(({ address }) => address ?? ""),
      env,
    });
    const running: Running = { process: agent, watcher: undefined };
    this.#running.set(node.name, running);
    if (agent.pid !== undefined) this.#reaper.stdin?.write(`+${agent.pid}\n`);
    node.pid = agent.pid;
    this.#set(node, "starting");
    void agent.ended.then((ending) => this.#onEnd(node, running, ending));
    const { address, http } = await agent.ready;
    node.address = address;
    node.http = http;
    if (node.process !== "starting" || this.#ending) return;
    running.watcher = new Watcher(http, {
      member: (member) => {
        model.observe(node.name, member);
        this.#options.onUpdate();
      },
      members: (members) => {
        model.observeAll(node.name, members);
        this.#options.onUpdate();
      },
      memory: (result) => {
        this.#memory = { result, from: node.name };
        this.#options.onUpdate();
      },
      greeting: (text) => {
        this.greetings.hear(node.name, text);
        this.#options.onUpdate();
      },
      change: (change) => {
        this.map.hear(node.name, change);
        this.#options.onUpdate();
      },
      told: (change) => {
        this.state.hear(node.name, change);
        this.#options.onUpdate();
      },
    });
    // Who is gone before it has told of itself tells nothing.
    new AgentClient(http).setStateKey(DEMO_KEY, agent.pid).catch(() => {});
    this.#set(node, "running");
  }

  #onEnd(node: DemoNode, { process, watcher }: Running, { status, complaint }: Ending): void {
    watcher?.stop();
    this.#running.delete(node.name);
    if (process.pid !== undefined) this.#reaper.stdin?.write(`-${process.pid}\n`);
    if (node.process === "leaving" && status === 0) this.#set(node, "left");
    else if (node.process !== "killed") this.#set(node, "failed");
    if (node.process === "failed" && !this.#ending) node.complaint = complaint;
    node.pid = undefined;
    this.#options.onUpdate();
  }

  #signal(node: DemoNode, signal: NodeJS.Signals): boolean {
    return this.#running.get(node.name)?.process.signal(signal) ?? false;
  }

  #set(node: DemoNode, process: DemoNode["process"]): void {
    node.process = process;
    this.#options.onUpdate();
  }
}
