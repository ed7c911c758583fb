/**
 * Scenarios written as code: the commands of the text files as methods.
 *
 *     const { text, cluster } = scenario()
 *       .cluster("a b c d e", { preset: "local", seed: 7 })
 *       .partition("a b", "c d e")
 *       .run("20s")
 *       .repair()
 *       .runUntilAgreed("30s")
 *       .play();
 *
 * Names, places, times and shares may be written as in the files (`"n1..n8"`, `"a -> b"`, `"2s"`, `"5%"`); times may
 * be numbers of ms, and shares numbers in `0..1`. `String(scenario)` is the file's text, what happened left out.
 * @module
 */
import type { Address } from "../kernel/index.ts";
import type { Cluster } from "./cluster.ts";
import type { Latency } from "./distributions.ts";
import type { Protocol } from "./place.ts";
import type { ScenarioCommand } from "./scenario-command.ts";
import { parseCommand } from "./scenario-parser.ts";
import {
  bandwidthText,
  commandText,
  durationText,
  latencyWords,
  mtuText,
  shareText,
} from "./scenario-print.ts";
import { runBlocks, ScenarioRunner } from "./scenario-runner.ts";
import type { ScenarioOptions } from "./scenario-runner.ts";
import { formatScenario, ScenarioError } from "./scenario-text.ts";
import type { ScenarioBlock, ScenarioLine } from "./scenario-text.ts";

/** `"a b"`, `"n1..n8"`, or a list. */
export type Names = string | readonly string[];
/** Ms, or `"2s"`. */
export type Time = number | string;
/** In `0..1`, or `"5%"`. */
export type Share = number | string;

/** What `cluster` takes beside names: what is not named here is an option of membership. */
export interface ClusterSettings {
  readonly seed?: number;
  readonly latency?: Latency;
  readonly loss?: Share;
  readonly seeds?: Names;
  readonly [option: string]: unknown;
}

/** What came of a scenario. */
export interface ScenarioStory {
  /** The scenario with what happened below its commands, as a file has it. */
  readonly text: string;
  /** What happened alone. */
  readonly said: readonly string[];
  readonly cluster: Cluster;
}

/** Begins a scenario; its first command is `cluster`. */
export function scenario(): Scenario {
  return new Scenario();
}

export class Scenario {
  readonly #lines: ScenarioLine[] = [];
  readonly #commands: ScenarioCommand[] = [];

  /** All commands so far. */
  get commands(): readonly ScenarioCommand[] {
    return this.#commands;
  }

  /** A remark that the text shows. */
  note(remark: string): this {
    const texts = remark.split("\n").map((line) => `# ${line}`);
    for (const text of texts) this.#lines.push({ number: this.#lines.length + 1, text });
    return this;
  }

  /** A command as a line of a file. @throws ScenarioError */
  command(text: string): this {
    const number = this.#lines.length + 1;
    const command = parseCommand({ number, text });
    this.#commands.push(command);
    this.#lines.push({ number, text: commandText(command) });
    return this;
  }

  cluster(names: Names, settings: ClusterSettings = {}): this {
    const { latency, loss, seeds, ...rest } = settings;
    return this.#say("cluster", namesText(names), [
      ...Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`),
      latency === undefined ? "" : `latency=${latencyWords(latency).join(":")}`,
      loss === undefined ? "" : `loss=${share(loss)}`,
      seeds === undefined ? "" : `seeds=${namesText(seeds).split(/\s+/).join(",")}`,
    ]);
  }

  /** Nodes that know nobody yet; one of them may live at an address, or go by the name of another. */
  add(
    names: Names,
    { at, as }: { readonly at?: Address | string; readonly as?: string } = {},
  ): this {
    return this.#say("add", namesText(names), as && `as ${as}`, at && `at ${at}`);
  }

  join(names: Names, via: Names): this {
    return this.#say("join", namesText(names), "via", namesText(via));
  }

  leave(names: Names): this {
    return this.#say("leave", namesText(names));
  }

  tags(name: string, tags: Readonly<Record<string, string>>): this {
    const settings = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
    return this.#say("tags", name, settings);
  }

  kill(names: Names): this {
    return this.#say("kill", namesText(names));
  }

  restart(
    names: Names,
    {
      at,
      memory = false,
    }: { readonly at?: Address | string; readonly memory?: boolean | "old" | "torn" } = {},
  ): this {
    const kept = memory === true ? "with memory" : memory && `with ${memory}-memory`;
    return this.#say("restart", namesText(names), at && `at ${at}`, kept);
  }

  /** A step of a rotation, or all keys that the nodes are to have: `keys("a b", "install", "k2")`. */
  keys(names: Names, act: "install" | "use" | "remove" | "only", keys: Names): this {
    return this.#say("keys", namesText(names), act, namesText(keys) || "none");
  }

  /** `""` is none. */
  label(names: Names, label: string): this {
    return this.#say("label", namesText(names), label || "none");
  }

  /** What the nodes speak of memberlist's protocol from their next start on. */
  version(names: Names, protocol: number): this {
    return this.#say("version", namesText(names), String(protocol));
  }

  /** Until `resume`, or for a time. */
  pause(names: Names, time?: Time): this {
    return this.#say("pause", namesText(names), forTime(time));
  }

  resume(names: Names): this {
    return this.#say("resume", namesText(names));
  }

  /** Each input takes so long; 0 ends that. */
  slow(names: Names, time: Time): this {
    return this.#say("slow", namesText(names), timeText(time));
  }

  /** The wall clock jumps, by ms or as in `"+1h"`. */
  clock(names: Names, jump: Time): this {
    const text = typeof jump === "string" ? jump : signed(jump, durationText(Math.abs(jump)));
    return this.#say("clock", namesText(names), text);
  }

  drift(names: Names, fast: Share): this {
    return this.#say("drift", namesText(names), share(fast));
  }

  nat(names: Names, at?: Address | string): this {
    return this.#say("nat", namesText(names), at && `at ${at}`);
  }

  natOff(names: Names): this {
    return this.#say("nat", namesText(names), "off");
  }

  partition(...groups: readonly Names[]): this {
    return this.#say("partition", groups.map(namesText).join(" | "));
  }

  bridge(...groups: readonly Names[]): this {
    return this.#say("bridge", groups.map(namesText).join(" | "));
  }

  ring(names: Names): this {
    return this.#say("ring", namesText(names));
  }

  isolate(names: Names): this {
    return this.#say("isolate", namesText(names));
  }

  /** `"a -> b"` or `"a <-> b"`. */
  cut(way: string): this {
    return this.#say("cut", way);
  }

  repair(place?: string): this {
    return this.#say("repair", place);
  }

  loss(lost: Share, place?: string): this {
    return this.#say("loss", place, share(lost));
  }

  latency(latency: Latency, place?: string): this {
    return this.#say("latency", place, latencyWords(latency));
  }

  jitter(time: Time): this {
    return this.#say("jitter", timeText(time));
  }

  /** Bits a second, or `"1mbit"`; `"off"` ends the limit. */
  bandwidth(bits: number | string, place?: string): this {
    return this.#say("bandwidth", place, typeof bits === "string" ? bits : bandwidthText(bits));
  }

  /** Bytes of a datagram, at most; `"off"` ends the limit. */
  mtu(bytes: number | "off", place?: string): this {
    return this.#say("mtu", place, mtuText(bytes === "off" ? undefined : bytes));
  }

  duplicate(twice: Share): this {
    return this.#say("duplicate", share(twice));
  }

  replay(again: Share): this {
    return this.#say("replay", share(again));
  }

  corrupt(damaged: Share): this {
    return this.#say("corrupt", share(damaged));
  }

  /** Until `unclog`, or for a time. */
  clog(place?: string, time?: Time): this {
    return this.#say("clog", place, forTime(time));
  }

  unclog(place?: string): this {
    return this.#say("unclog", place);
  }

  block(protocol: Protocol, place?: string): this {
    return this.#say("block", protocol, place);
  }

  unblock(protocol?: Protocol, place?: string): this {
    return this.#say("unblock", protocol, place);
  }

  /** All nodes that are up are written out, and read back. */
  renew(): this {
    return this.#say("renew");
  }

  calm(): this {
    return this.#say("calm");
  }

  run(time: Time): this {
    return this.#say("run", timeText(time));
  }

  runUntilAgreed(most: Time, among?: Names): this {
    return this.#say(
      "run until agreed",
      among && `among ${namesText(among)}`,
      `max ${timeText(most)}`,
    );
  }

  members(name: string): this {
    return this.#say("members", name);
  }

  agree(): this {
    return this.#say("agree");
  }

  counts(): this {
    return this.#say("counts");
  }

  /** Lets it happen. @throws ScenarioError for what cannot be carried out */
  play(options: ScenarioOptions = {}): ScenarioStory {
    const runner = new ScenarioRunner(options);
    const blocks = this.#blocks();
    const outputs = runBlocks(blocks, runner);
    const { cluster } = runner;
    if (cluster === undefined) throw new ScenarioError(1, "begin with a cluster");
    return { text: formatScenario(blocks, outputs), said: outputs.flat(), cluster };
  }

  toString(): string {
    return formatScenario(this.#blocks(), []);
  }

  #say(...words: readonly (string | false | undefined | readonly string[])[]): this {
    const texts = words.flatMap((word) => word || []).filter((word) => word !== "");
    return this.command(texts.join(" "));
  }

  /** A block ends with what lets time pass, or looks. */
  #blocks(): ScenarioBlock[] {
    const blocks: ScenarioLine[][] = [[]];
    for (const line of this.#lines) {
      const last = blocks.at(-1) as ScenarioLine[];
      const ended = last.some(({ text }) => ENDS.test(text)) && !LOOKS.test(line.text);
      if (ended) blocks.push([line]);
      else last.push(line);
    }
    return blocks.map((lines) => ({ lines, expected: [] }));
  }
}

const ENDS = /^(cluster|run|members|agree|counts)\b/;
const LOOKS = /^(members|agree|counts)\b/;

function namesText(names: Names): string {
  return typeof names === "string" ? names : names.join(" ");
}

function timeText(time: Time): string {
  return typeof time === "string" ? time : durationText(time);
}

function forTime(time: Time | undefined): string | undefined {
  return time === undefined ? undefined : `for ${timeText(time)}`;
}

function share(value: Share): string {
  return typeof value === "string" ? value : shareText(value);
}

function signed(value: number, text: string): string {
  return `${value < 0 ? "-" : "+"}${text}`;
}
