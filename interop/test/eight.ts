/**
 * Eight members in namespaces of their own: agents of Serf and nodes of ours, and what one does to them.
 *
 *     serf-1 … serf-4      10.77.0.1 … 4   ┐
 *     ours-1 … ours-4      10.77.0.5 … 8   ├─ one bridge, whose rules are the faults
 *     ghosts               10.77.0.9       ┘
 *
 * A cluster of eight agents of Serf is the same with another list of kinds: what it shows is what a mixed one is
 * compared with.
 */
import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Namespaces } from "./namespaces.ts";
import { SerfAgent } from "./serf.ts";
import { TellingProcess } from "./telling-process.ts";
import { until } from "./until.ts";

export type Kind = "serf" | "ours";
type Running = SerfAgent | TellingProcess;

export const MIXED: readonly Kind[] = [
  "serf",
  "serf",
  "serf",
  "serf",
  "ours",
  "ours",
  "ours",
  "ours",
];
export const SERF_ALONE: readonly Kind[] = MIXED.map(() => "serf");

const GHOSTS = fileURLToPath(new URL("ghosts.mjs", import.meta.url));
const PORT = 7946;
const TOLD_MS = 250;
/** The system's, in a second. */
const TICKS = 100;
/** Last parts of addresses that members move to, in turn. */
const MOVED_FROM = 100;
const MOVED_TO = 250;

export class Eight {
  readonly #network: Namespaces;
  readonly #kinds: readonly Kind[];
  #key = newKey();
  #members: Running[] = [];
  /** Complaints of agents that have been killed. */
  readonly #complaints: string[] = [];
  /** Deaths that those have told who have been killed. */
  readonly #deathsBefore: Record<Kind, number> = { serf: 0, ours: 0 };
  #ghosts: ChildProcess | undefined;
  #moved = 0;

  private constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds;
    this.#network = new Namespaces(kinds.length + 1);
  }

  /** Starts all of them under one key; each joins the first. */
  static async start(kinds: readonly Kind[]): Promise<Eight> {
    const eight = new Eight(kinds);
    try {
      for (const i of kinds.keys()) eight.#members.push(await eight.#start(i));
    } catch (error) {
      eight.end();
      throw error;
    }
    return eight;
  }

  get names(): string[] {
    return this.#members.map(({ name }) => name);
  }

  /** The places of one kind. */
  places(kind: Kind): number[] {
    return [...this.#kinds.keys()].filter((i) => this.#kinds[i] === kind);
  }

  /** Whom the member at a place sees alive. */
  async alive(place: number): Promise<string[]> {
    const member = this.#member(place);
    if (member instanceof TellingProcess) return (await member.look()).about.split(" ");
    const members = await member.members();
    return members
      .filter(({ status }) => status === "alive")
      .map(({ name }) => name)
      .toSorted();
  }

  /** Waits until those at `places` see each other and nobody else alive; returns the ms it took. */
  agreed(boundMs: number, places: readonly number[] = [...this.#kinds.keys()]): Promise<number> {
    const names = places
      .map((place) => this.#member(place).name)
      .toSorted()
      .join(" ");
    return until(`all see ${names} alive`, boundMs, async () => {
      const seen = await Promise.all(places.map((place) => this.alive(place)));
      return seen.every((list) => list.join(" ") === names);
    });
  }

  signal(place: number, signal: NodeJS.Signals): void {
    this.#member(place).kill(signal);
  }

  /** Starts a member again that has ended, where it was; it joins who is at another place. */
  async restart(place: number, seed = 0): Promise<void> {
    const before = this.#member(place);
    if (before instanceof SerfAgent) this.#complaints.push(...before.complaints);
    this.#deathsBefore[this.#kinds[place] as Kind] += deathsTold(before);
    this.#members[place] = await this.#start(place, seed);
  }

  /** The same at another address. */
  async restartElsewhere(place: number): Promise<void> {
    const last = MOVED_FROM + (++this.#moved % (MOVED_TO - MOVED_FROM));
    this.#network.move(place, `10.77.0.${last}`);
    await this.restart(place);
  }

  async leave(place: number): Promise<void> {
    await this.#member(place).leave();
  }

  /** Nothing passes between those at `places` and the others. */
  partition(places: readonly number[]): void {
    const side = (some: readonly number[]) =>
      `{ ${some.map((i) => this.#network.address(i)).join(", ")} }`;
    const rest = [...this.#kinds.keys()].filter((i) => !places.includes(i));
    this.#network.rules(
      `ip saddr ${side(places)} ip daddr ${side(rest)} counter drop`,
      `ip saddr ${side(rest)} ip daddr ${side(places)} counter drop`,
    );
  }

  /** So many of a hundred packets are lost, each for itself: streams have to repeat theirs. */
  lose(percent: number): void {
    this.#network.rules(`numgen random mod 100 < ${percent} counter drop`);
  }

  heal(): void {
    this.#network.rules();
  }

  /**
   * Members that do nothing but answer, announced to all: who gossips to them gossips to nobody. Gone when the cluster
   * ends.
   */
  async inject(count: number): Promise<void> {
    const place = this.#kinds.length;
    const tell = [...this.#kinds.keys()].map((i) => this.#seed(i));
    const how = JSON.stringify({ host: this.#network.address(place), count, key: this.#key, tell });
    const [program, ...line] = this.#network.within(place)(process.execPath, GHOSTS, how);
    const ghosts = spawn(program, line, { stdio: ["ignore", "pipe", "inherit"] });
    this.#ghosts = ghosts;
    await once(ghosts.stdout as NodeJS.EventEmitter, "data");
  }

  /**
   * Everybody has another key afterwards, in three rounds as an operator makes them. Each agent is told itself: Serf tells
   * them by gossip, which ours do not pass on and which may miss one.
   */
  async rotate(): Promise<void> {
    const next = newKey();
    for (const change of ["install", "use", "remove"] as const) {
      const key = change === "remove" ? this.#key : next;
      const changed = this.#members.map((member) => {
        if (member instanceof SerfAgent) return member.keys(`-${change}`, key);
        member.key(change, key);
        return undefined;
      });
      await Promise.all(changed);
      // Ours are told through a pipe and do not answer: the next round must not overtake this one.
      await sleep(TOLD_MS);
    }
    this.#key = next;
  }

  /** Deaths that the members of each kind have told so far, those of earlier runs included. */
  deaths(): Record<Kind, number> {
    const sums = { ...this.#deathsBefore };
    for (const [place, kind] of this.#kinds.entries())
      sums[kind] += deathsTold(this.#member(place));
    return sums;
  }

  /** What Serf's operators are warned of, without what differs from run to run. */
  complaints(): Set<string> {
    const agents = this.#members.filter((member) => member instanceof SerfAgent);
    const lines = [...this.#complaints, ...agents.flatMap(({ complaints }) => complaints)];
    return new Set(lines.map(kindOf));
  }

  /**
   * What ours have not been able to open, by reason: nothing, unless a key is missing somewhere. A stream whose sender was
   * killed in the middle is merely short.
   */
  async unopened(): Promise<string[]> {
    const drops: string[] = [];
    for (const member of this.#members) {
      if (!(member instanceof TellingProcess)) continue;
      const { envelopeDrops = {} } = await member.look();
      for (const [reason, count] of Object.entries(envelopeDrops)) {
        if (count > 0 && reason !== "truncated") drops.push(`${member.name}: ${reason} ${count}`);
      }
    }
    return drops;
  }

  /** Resident memory of each member, and its CPU since its start, as the system counts. */
  costs(): { name: string; rssMiB: number; cpuPercent: number }[] {
    const [uptime = "0"] = readFileSync("/proc/uptime", "utf8").split(" ");
    return this.#members.map(({ name, pid }) => {
      const [, rssPages = "0"] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
      const times = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      const cpuSeconds = (Number(times[11]) + Number(times[12])) / TICKS;
      const seconds = Number(uptime) - Number(times[19]) / TICKS;
      const rssMiB = (Number(rssPages) * 4096) / (1 << 20);
      return { name, rssMiB, cpuPercent: (100 * cpuSeconds) / seconds };
    });
  }

  end(): void {
    for (const member of this.#members) member.kill("SIGKILL");
    this.#ghosts?.kill("SIGKILL");
    this.#network.remove();
  }

  async #start(place: number, seed = 0): Promise<Running> {
    const kind = this.#kinds[place] as Kind;
    const name = `${kind}-${1 + place}`;
    const address = `${this.#network.address(place)}:${PORT}`;
    const seeds = place === seed ? [] : [this.#seed(seed)];
    const within = this.#network.within(place);
    if (kind === "serf") {
      const joins = seeds.map((to) => `-join=${to}`);
      return SerfAgent.startWithin(name, { address, within }, `-encrypt=${this.#key}`, ...joins);
    }
    const node = new TellingProcess(
      name,
      { bind: address, seeds, encryption: { keys: [this.#key] } },
      within,
    );
    await until(`${name} has started`, 10_000, () => node.address !== undefined);
    return node;
  }

  #seed(place: number): string {
    return `${this.#network.address(place)}:${PORT}`;
  }

  #member(place: number): Running {
    const member = this.#members[place];
    if (member === undefined) throw new Error(`BUG: nobody at ${place}`);
    return member;
  }
}

function deathsTold(member: Running): number {
  if (member instanceof SerfAgent) return member.log.split("EventMemberFailed").length - 1;
  return member.told.filter(({ type }) => type === "fail").length;
}

function newKey(): string {
  return randomBytes(16).toString("base64");
}

/** A line of Serf's log without its time, names, addresses and numbers. */
function kindOf(line: string): string {
  return line
    .replace(/^\s*\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /u, "")
    .replaceAll(/(?:serf|ours|ghost)-\d+/gu, "NAME")
    .replaceAll(/\d+\.\d+\.\d+\.\d+(?::\d+)?/gu, "ADDRESS")
    .replaceAll(/\d+/gu, "N");
}
