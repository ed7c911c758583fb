/**
 * The demo without a terminal: the same real cluster, told as a story in lines.
 *
 *     forming ──▶ all agree ──▶ all hear a hello ──▶ all share a map ──▶ kill -9 ──▶ nothing is lost
 *             ──▶ suspect, dead ──▶ all agree ──▶ leave ──▶ left ──▶ all agree
 *
 * Each step is bounded. The one that does not come in time ends the story with what did not happen.
 * @module
 */
import { CommandError, EXIT } from "../terminal.ts";
import type { Environment, Output } from "../terminal.ts";
import { Cluster } from "./cluster.ts";
import { DEMO_TOPIC, greetingWords } from "./greetings.ts";
import type { Greeting } from "./greetings.ts";
import { DEMO_MAP, mapWords } from "./shared-map.ts";
import { DEMO_KEY, stateWords } from "./shared-state.ts";
import { DemoModel } from "./model.ts";
import type { Belief, DemoNode, Observation } from "./model.ts";
import { FAREWELL, verdictWords } from "./words.ts";

export interface PlainTerminal {
  readonly env: Environment;
  readonly stdout: Output;
}

/** Bounds of the steps; detection takes some seconds by design, and busy machines are slow. */
const FORM_BOUND_MS = 45_000;
const STEP_BOUND_MS = 45_000;

/** @throws CommandError that says what did not happen */
export async function runPlain(nodes: number, terminal: PlainTerminal): Promise<number> {
  const story = new Story(terminal);
  return story.tell(nodes);
}

class Story {
  readonly #stdout: Output;
  readonly #model: DemoModel;
  readonly #cluster: Cluster;
  readonly #startedAt = Date.now();
  /** Node whose changes are told at present. */
  #about: DemoNode | undefined;
  /** States of it that each observer has seen. */
  #seen = new Map<string, Set<Belief>>();
  #check: () => void = () => {};
  #interrupt: (error: Error) => void = () => {};

  constructor({ stdout, env }: PlainTerminal) {
    this.#stdout = stdout;
    this.#model = new DemoModel(this.#startedAt, (observation) => this.#hear(observation));
    this.#cluster = new Cluster({ model: this.#model, env, onUpdate: () => this.#check() });
  }

  async tell(nodes: number): Promise<number> {
    const interrupted = new Promise<never>((_resolve, reject) => {
      this.#interrupt = reject;
    });
    const onSignal = (signal: NodeJS.Signals): void => {
      this.#interrupt(new CommandError(`${signal} before the story was at its end`));
    };
    const onExit = (): void => this.#cluster.endNow();
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, onSignal);
    process.once("exit", onExit);
    try {
      await Promise.race([this.#tell(nodes), interrupted]);
    } finally {
      await this.#cluster.end();
      process.off("exit", onExit);
      for (const signal of signals) process.off(signal, onSignal);
    }
    this.#stdout.write(
      `\nDone in ${this.#seconds()} s; the demo's agents are gone.\n\n${FAREWELL}`,
    );
    return EXIT.ok;
  }

  async #tell(nodes: number): Promise<void> {
    this.#write(`hearsay demo: ${nodes} agents on this machine, each a process of its own`);
    await this.#form(nodes);
    await this.#greet(this.#model.nodes.at(-1) as DemoNode);
    await this.#share(this.#model.nodes[0] as DemoNode);
    this.#write(`\nEach has told the ${DEMO_KEY} of its process in its own state.`);
    await this.#readByAll();
    await this.#kill(this.#model.nodes.at(-1) as DemoNode);
    if (this.#model.running.length < 2) await this.#replace();
    await this.#leave(this.#model.running[1] as DemoNode);
  }

  async #form(nodes: number): Promise<void> {
    this.#write("\nThe cluster forms: one starts, the others join it.");
    const told = new Set<DemoNode>();
    this.#check = () => {
      for (const node of this.#model.running) {
        if (told.has(node)) continue;
        told.add(node);
        this.#line(`${node.name} is up at ${node.address} (pid ${node.pid})`);
      }
    };
    await bounded(this.#cluster.form(nodes), FORM_BOUND_MS, "the agents did not all start");
    this.#check();
    await this.#agreement(FORM_BOUND_MS);
  }

  async #greet(node: DemoNode): Promise<void> {
    this.#write(`\n${node.name} publishes on the topic ${DEMO_TOPIC}, which all have open.`);
    if (!this.#cluster.greet(node)) throw new CommandError(`${node.name} was gone already`);
    const { running } = this.#model;
    const { heard, text } = this.#cluster.greetings.latest as Greeting;
    const missing = (): string[] => {
      return running.map(({ name }) => name).filter((name) => !heard.has(name));
    };
    const what = (): string => `${missing().join(", ")} did not hear "${text}"`;
    await this.#until(() => missing().length === 0, STEP_BOUND_MS, what);
    this.#line(greetingWords(this.#cluster.greetings.latest as Greeting, running.length));
  }

  async #share(node: DemoNode): Promise<void> {
    this.#write(`\n${node.name} sets a key of the map ${DEMO_MAP}, which all share.`);
    await this.#acknowledged(node);
    await this.#sharedByAll();
  }

  /** What another node has, too, is acknowledged. */
  async #acknowledged(node: DemoNode): Promise<void> {
    const value = this.#cluster.write(node);
    if (value === undefined) throw new CommandError(`${node.name} was gone already`);
    const what = `nobody else has got ${node.name}=${value}`;
    const isThere = (): boolean => this.#cluster.map.isAcknowledged(node.name, value);
    await this.#until(isThere, STEP_BOUND_MS, what);
  }

  async #sharedByAll(): Promise<void> {
    const observers = (): string[] => this.#model.running.map(({ name }) => name);
    const words = (): string => mapWords(this.#cluster.map, observers());
    const isSame = (): boolean => this.#cluster.map.behind(observers()).length === 0;
    await this.#until(
      isSame,
      STEP_BOUND_MS,
      () => `the map is not the same everywhere (${words()})`,
    );
    this.#line(words());
  }

  /** Of all that run, and of nobody who is gone. */
  async #readByAll(): Promise<void> {
    const words = (): string => stateWords(this.#cluster.state, this.#cluster.processes);
    const isSame = (): boolean => this.#cluster.state.behind(this.#cluster.processes).length === 0;
    await this.#until(isSame, STEP_BOUND_MS, () => `not all read the same state (${words()})`);
    this.#line(words());
  }

  async #kill(node: DemoNode): Promise<void> {
    this.#write(`\n${node.name} sets a key, and dies as soon as that is acknowledged.`);
    await this.#acknowledged(node);
    this.#write(`kill -9 ${node.pid}: ${node.name} is gone without a word. The others find out.`);
    const { pid } = node;
    this.#tellAbout(node);
    if (!this.#cluster.kill(node))
      throw new CommandError(`${node.name} (pid ${pid}) was gone already`);
    await this.#sharedByAll();
    await this.#allSee(node, "dead");
    await this.#agreement(STEP_BOUND_MS);
    await this.#readByAll();
  }

  async #replace(): Promise<void> {
    const node = this.#cluster.startAnother();
    this.#write(`\n${node?.name} starts, so that there is somebody to say goodbye to.`);
    await this.#agreement(FORM_BOUND_MS);
  }

  async #leave(node: DemoNode): Promise<void> {
    this.#write(`\nkill -TERM ${node.pid}: ${node.name} says goodbye before it ends.`);
    this.#tellAbout(node);
    if (!this.#cluster.leave(node)) throw new CommandError(`${node.name} was gone already`);
    await this.#allSee(node, "left");
    await this.#until(() => node.process === "left", STEP_BOUND_MS, `${node.name} did not end`);
    await this.#agreement(STEP_BOUND_MS);
  }

  #tellAbout(node: DemoNode): void {
    this.#about = node;
    this.#seen = new Map();
  }

  #hear({ observer, subject, state, reason }: Observation): void {
    if (subject !== this.#about?.name || observer === subject) return;
    const states = this.#seen.get(observer) ?? new Set();
    this.#seen.set(observer, states.add(state));
    const words = { alive: "is alive", suspect: "is suspect", dead: "is dead", left: "has left" };
    this.#line(`${observer}: ${subject} ${words[state]} (${reason})`);
  }

  #allSee(node: DemoNode, state: Belief): Promise<void> {
    const missing = (): string[] => {
      const observers = this.#model.running.filter(({ name }) => name !== node.name);
      return observers.map(({ name }) => name).filter((name) => !this.#seen.get(name)?.has(state));
    };
    const what = (): string => `${missing().join(", ")} did not see ${node.name} ${state}`;
    return this.#until(() => missing().length === 0, STEP_BOUND_MS, what);
  }

  async #agreement(boundMs: number): Promise<void> {
    const words = (): string => verdictWords(this.#model.verdict(), this.#model.running.length);
    const agree = (): boolean => this.#model.verdict().type === "agree";
    await this.#until(agree, boundMs, () => `no agreement among the agents (${words()})`);
    this.#line(words());
  }

  /** @throws CommandError that says what did not happen in time */
  #until(condition: () => boolean, boundMs: number, what: string | (() => string)): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const text = typeof what === "string" ? what : what();
        reject(new CommandError(`${text} within ${boundMs / 1000} s`));
      }, boundMs);
      const before = this.#check;
      this.#check = () => {
        before();
        const failed = this.#model.nodes.find((node) => node.process === "failed");
        if (failed === undefined && !condition()) return;
        clearTimeout(timer);
        this.#check = before;
        if (failed === undefined) resolve();
        else reject(new CommandError(`${failed.name} ended by itself: ${failed.complaint}`));
      };
      this.#check();
    });
  }

  #line(text: string): void {
    this.#write(`${this.#seconds().padStart(6)} s  ${text}`);
  }

  #write(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  #seconds(): string {
    return ((Date.now() - this.#startedAt) / 1000).toFixed(2);
  }
}

/** @throws CommandError if it is not done in time, or with what went wrong */
async function bounded(work: Promise<void>, boundMs: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new CommandError(`${what} within ${boundMs / 1000} s`));
    }, boundMs);
  });
  try {
    await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${what}: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}
