/**
 * The demo at a terminal: the view on an alternate screen, and keys that break things.
 * @module
 */
import type { WriteStream, ReadStream } from "node:tty";
import { createLogUpdate } from "log-update";
import { EXIT, hasColour, hasUnicode } from "../terminal.ts";
import type { Environment } from "../terminal.ts";
import { Cluster } from "./cluster.ts";
import { greetingWords } from "./greetings.ts";
import { keyActions } from "./keys.ts";
import type { KeyAction } from "./keys.ts";
import { DemoModel } from "./model.ts";
import type { DemoNode } from "./model.ts";
import { renderView } from "./view.ts";
import { FAREWELL } from "./words.ts";

export interface LiveTerminal {
  readonly env: Environment;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
}

const ENTER_SCREEN = "\u001B[?1049h\u001B[2J\u001B[H";
const LEAVE_SCREEN = "\u001B[?1049l\u001B[?25h";
const CLEAR_SCREEN = "\u001B[2J\u001B[H";

/** The clock on the screen moves even when nothing happens. */
const TICK_MS = 250;
/** Changes come in swarms; one picture shows many. */
const FRAME_MS = 40;
/** A second digit within this time makes a number of two. */
const DIGITS_MS = 800;

export async function runLive(nodes: number, terminal: LiveTerminal): Promise<number> {
  const demo = new LiveDemo(terminal);
  return demo.run(nodes);
}

class LiveDemo {
  readonly #terminal: LiveTerminal;
  readonly #startedAt = Date.now();
  readonly #model: DemoModel;
  readonly #cluster: Cluster;
  #draw: ReturnType<typeof createLogUpdate>;
  #frame: NodeJS.Timeout | undefined;
  #selected = 0;
  #lastDigit = { digit: 0, at: 0 };
  #message: string | (() => string) = "Starting …";
  #help = false;
  #closed = false;
  #quit: () => void = () => {};

  constructor(terminal: LiveTerminal) {
    this.#terminal = terminal;
    this.#draw = createLogUpdate(terminal.stdout);
    this.#model = new DemoModel(this.#startedAt);
    this.#cluster = new Cluster({
      model: this.#model,
      env: terminal.env,
      onUpdate: () => this.#soon(),
    });
  }

  async run(nodes: number): Promise<number> {
    const { stdin, stdout } = this.#terminal;
    const quit = new Promise<void>((resolve) => {
      this.#quit = resolve;
    });
    const onInput = (chunk: Buffer): void => {
      for (const action of keyActions(chunk.toString())) this.#act(action);
    };
    const onResize = (): void => {
      // What the terminal has done with the old picture is its secret: begin anew.
      stdout.write(CLEAR_SCREEN);
      this.#draw = createLogUpdate(stdout);
      this.#paint();
    };
    const onExit = (): void => {
      this.#cluster.endNow();
      stdout.write(LEAVE_SCREEN);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    process.once("exit", onExit);
    for (const signal of signals) process.on(signal, this.#quit);
    stdin.setRawMode(true);
    stdin.on("data", onInput);
    stdout.on("resize", onResize);
    stdout.write(ENTER_SCREEN);
    const tick = setInterval(() => this.#paint(), TICK_MS);
    try {
      void this.#form(nodes);
      await quit;
      this.#say("Ending the agents …");
      this.#paint();
    } finally {
      clearInterval(tick);
      await this.#cluster.end();
      // What still changes is not painted: the screen below is not ours.
      this.#closed = true;
      clearTimeout(this.#frame);
      stdin.off("data", onInput);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.off("resize", onResize);
      this.#draw.done();
      stdout.write(LEAVE_SCREEN);
      process.off("exit", onExit);
      for (const signal of signals) process.off(signal, this.#quit);
    }
    stdout.write(`The demo's agents are gone.\n\n${FAREWELL}`);
    return EXIT.ok;
  }

  async #form(nodes: number): Promise<void> {
    try {
      await this.#cluster.form(nodes);
      this.#say("Select a node, press k, and see how the others find out.");
    } catch (error) {
      this.#say(`Could not start everybody: ${(error as Error).message}`);
    }
  }

  #act(action: KeyAction): void {
    switch (action.type) {
      case "quit":
        return this.#quit();
      case "help":
        this.#help = !this.#help;
        return this.#soon();
      case "move":
        return this.#select(this.#selected + action.by);
      case "digit":
        return this.#selectDigit(action.digit);
      case "start":
        return this.#say(this.#start());
      case "greet":
        return this.#greet();
      case "write":
        return this.#write();
      default:
        return this.#say(this.#break(action.type));
    }
  }

  #select(index: number): void {
    this.#selected = Math.max(0, Math.min(index, this.#model.nodes.length - 1));
    this.#soon();
  }

  /** `1` then `2` in quick succession is 12, where there are so many. */
  #selectDigit(digit: number): void {
    const now = Date.now();
    const isSecond = now - this.#lastDigit.at < DIGITS_MS;
    const both = this.#lastDigit.digit * 10 + digit;
    const number = isSecond && both <= this.#model.nodes.length ? both : digit;
    this.#lastDigit = { digit, at: now };
    if (number >= 1 && number <= this.#model.nodes.length) this.#select(number - 1);
  }

  #start(): string {
    const node = this.#model.nodes[this.#selected];
    if (node !== undefined && this.#cluster.restart(node)) {
      return `${node.name} starts again, under its old name and address.`;
    }
    const another = this.#cluster.startAnother();
    if (another === undefined) return "There are enough: kill one and start it again.";
    this.#select(this.#model.nodes.length - 1);
    return `${another.name} starts and joins the others.`;
  }

  #greet(): void {
    const node = this.#model.nodes[this.#selected];
    if (node === undefined) return this.#say("Nobody is selected.");
    if (!this.#cluster.greet(node)) return this.#say(`${node.name} is ${node.process}.`);
    this.#say(() => {
      const { latest } = this.#cluster.greetings;
      return latest === undefined ? "" : greetingWords(latest, this.#model.running.length);
    });
  }

  #write(): void {
    const node = this.#model.nodes[this.#selected];
    if (node === undefined) return this.#say("Nobody is selected.");
    const value = this.#cluster.write(node);
    if (value === undefined) return this.#say(`${node.name} is ${node.process}.`);
    this.#say(() => {
      return this.#cluster.map.isAcknowledged(node.name, value)
        ? `${node.name} has set ${node.name}=${value}, and another node has it: kill whom you like.`
        : `${node.name} sets ${node.name}=${value} in the map that all share …`;
    });
  }

  #break(what: "kill" | "pause" | "resume" | "leave"): string {
    const node = this.#model.nodes[this.#selected];
    if (node === undefined) return "Nobody is selected.";
    const pid = node.pid;
    const done = this.#cluster[what](node);
    if (!done) return `${node.name} ${refusal(what, node)}`;
    const told = {
      kill: `kill -9 ${pid}: ${node.name} is gone without a word.`,
      pause: `kill -STOP ${pid}: ${node.name} stands still and does not know it.`,
      resume: `kill -CONT ${pid}: ${node.name} goes on as if nothing had happened.`,
      leave: `kill -TERM ${pid}: ${node.name} says goodbye first.`,
    };
    return told[what];
  }

  /** A message that is a function is told as it is at the time. */
  #say(message: string | (() => string)): void {
    this.#message = message;
    this.#soon();
  }

  #soon(): void {
    this.#frame ??= setTimeout(() => this.#paint(), FRAME_MS);
  }

  #paint(): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    if (this.#closed) return;
    const { env, stdout } = this.#terminal;
    const failed = this.#model.nodes.find(({ complaint }) => complaint !== "");
    const message = typeof this.#message === "string" ? this.#message : this.#message();
    const text = renderView(
      {
        model: this.#model,
        selected: this.#selected,
        message: failed === undefined ? message : `${failed.name}: ${failed.complaint}`,
        elapsedMs: Date.now() - this.#startedAt,
        help: this.#help,
        shared: this.#cluster.shared,
      },
      {
        columns: stdout.columns,
        // The last line stays empty: log-update ends what it writes with a line feed.
        rows: stdout.rows - 1,
        colour: hasColour(env, stdout),
        unicode: hasUnicode(env),
      },
    );
    this.#draw(text);
  }
}

function refusal(what: "kill" | "pause" | "resume" | "leave", { process }: DemoNode): string {
  if (process === "paused" && what === "leave")
    return "is paused and hears nothing: resume it first.";
  if (process === "running" && what === "resume") return "is not paused.";
  if (process === "paused") return "is paused already.";
  return `is ${process}: press s to start it again.`;
}
