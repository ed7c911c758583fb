/**
 * Classes of faults: each says what it does next to the nodes on stage, as commands of scenarios.
 * @module
 */
import { LATEST_PROTOCOL } from "../../membership/index.ts";
import { LEAST_LIVE } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { SECRET_FAULTS } from "./secret-faults.ts";

/** Older ones do not know how to answer half of what there is to ask. */
const OLDEST_PROTOCOL = 2;
/** More than the largest plan begins with, so that a storm does not feed itself. */
const MOST_RUNNING = 300;

const crash: Fault = {
  name: "crash",
  commands: (stage) => {
    const spare = stage.running.length - LEAST_LIVE;
    if (spare < 1 || stage.live.length === 0) return [];
    const names = stage.some(stage.live, Math.max(1, Math.min(spare, stage.live.length >> 1)));
    for (const name of names) stage.set(name, "dead");
    return [`kill ${names.join(" ")}`];
  },
};

/** What a restarted node finds of what its application has kept. */
const MEMORIES = ["", "", " with memory", " with memory", " with old-memory", " with torn-memory"];

const restart: Fault = {
  name: "restart",
  commands: (stage, rng) => {
    // One that has been dead for a while, or one that runs and starts anew at once.
    const wasDead = stage.dead.length > 0;
    if (!wasDead && stage.live.length === 0) return [];
    const name = stage.one(wasDead ? stage.dead : stage.live);
    stage.set(name, "live");
    const at = stage.isEvicted(name) || rng.below(3) === 0 ? ` at ${stage.move(name)}` : "";
    const memory = MEMORIES[rng.below(MEMORIES.length)] as string;
    const start = `restart ${name}${at}${memory}`;
    return [...(wasDead ? [] : [`kill ${name}`]), start, ...stage.joinOf(name)];
  },
};

const newcomer: Fault = {
  name: "newcomer",
  commands: (stage, rng) => {
    if (stage.running.length >= MOST_RUNNING) return [];
    // Several at once are a storm of joins.
    const names = Array.from({ length: rng.below(4) === 0 ? 8 : 1 }, () => stage.newcomer());
    for (const name of names) stage.set(name, "live");
    const joins = names.flatMap((name) => stage.joinOf(name));
    return [`add ${names.join(" ")}`, ...stage.keysOf(names), ...joins];
  },
};

/** A node at the address of one that is dead, under a name of its own. */
const successor: Fault = {
  name: "successor",
  commands: (stage, rng) => {
    const vacant = stage.dead.filter((name) => stage.home(name) !== undefined);
    if (vacant.length === 0) return [];
    const previous = stage.one(vacant);
    const home = stage.home(previous);
    const name = stage.newcomer();
    // Its predecessor has shown up elsewhere for a moment; or nobody has heard anything of it.
    const isSeen = rng.below(2) === 0;
    const move = isSeen
      ? [`restart ${previous} at ${stage.move(previous)}`, `kill ${previous}`]
      : [];
    if (!isSeen) stage.evict(previous);
    stage.set(name, "live");
    stage.move(name);
    return [...move, `add ${name} at ${home}`, ...stage.keysOf([name]), ...stage.joinOf(name)];
  },
};

const pause: Fault = {
  name: "pause",
  commands: (stage, rng) => {
    if (stage.live.length <= LEAST_LIVE) return [];
    const names = stage.some(stage.live, Math.max(1, stage.live.length >> 2));
    if (rng.below(2) === 0) return [`pause ${names.join(" ")} for ${100 + rng.below(59_900)}ms`];
    for (const name of names) stage.set(name, "paused");
    return [`pause ${names.join(" ")}`];
  },
};

const resume: Fault = {
  name: "resume",
  commands: (stage) => {
    if (stage.paused.length === 0) return [];
    const names = stage.some(stage.paused, stage.paused.length);
    for (const name of names) stage.set(name, "live");
    return [`resume ${names.join(" ")}`];
  },
};

const slow: Fault = {
  name: "slow",
  commands: (stage, rng) => {
    if (stage.live.length === 0) return [];
    return [`slow ${stage.one(stage.live)} ${1 + rng.below(100)}ms`];
  },
};

const clock: Fault = {
  name: "clock",
  commands: (stage, rng) => {
    if (stage.live.length === 0) return [];
    return [`clock ${stage.one(stage.live)} ${rng.below(2) === 0 ? "+" : "-"}1h`];
  },
};

const drift: Fault = {
  name: "drift",
  commands: (stage, rng) => {
    if (stage.live.length === 0) return [];
    return [`drift ${stage.one(stage.live)} ${rng.below(2) === 0 ? "" : "-"}${rng.below(6)}%`];
  },
};

const partition: Fault = {
  name: "partition",
  commands: (stage, rng) => {
    const names = stage.all;
    const shape = rng.below(5);
    if (shape === 0) return [`isolate ${stage.one(names)}`];
    if (shape === 1 && names.length > 2) return [`ring ${names.join(" ")}`];
    const parts = 2 + rng.below(Math.min(4, names.length - 1));
    const groups = Array.from({ length: parts }, (): string[] => []);
    for (const name of names) (groups[rng.below(parts)] as string[]).push(name);
    const peopled = groups.filter((group) => group.length > 0);
    if (peopled.length < 2) return [];
    const verb = shape === 2 && peopled.length > 2 ? "bridge" : "partition";
    return [`${verb} ${peopled.map((group) => group.join(" ")).join(" | ")}`];
  },
};

const isolation: Fault = {
  name: "isolation",
  commands: (stage) => [`isolate ${stage.all.join(" ")}`],
};

const cut: Fault = {
  name: "cut",
  commands: (stage, rng) => {
    return Array.from({ length: 1 + rng.below(stage.all.length) }, () => `cut ${stage.way()}`);
  },
};

const repair: Fault = { name: "repair", commands: () => ["repair"] };

const clog: Fault = {
  name: "clog",
  commands: (stage, rng) => [`clog ${stage.way()} for ${100 + rng.below(5000)}ms`],
};

const firewall: Fault = {
  name: "firewall",
  commands: (stage, rng) => {
    const protocol = rng.below(2) === 0 ? "udp" : "tcp";
    if (rng.below(3) === 0) return [`unblock ${protocol}`];
    return [`block ${protocol}${rng.below(2) === 0 ? "" : ` ${stage.one(stage.all)}`}`];
  },
};

/** A fault of all links, of a share at random. */
function share(name: string, command: string, mostPercent: number): Fault {
  return { name, commands: (_, rng) => [`${command} ${rng.below(mostPercent + 1)}%`] };
}

const delay: Fault = {
  name: "delay",
  commands: (stage, rng) => {
    const ms = 1 + rng.below(200);
    const shapes = [`${ms}ms`, `${ms}..${2 * ms}ms`, `exponential ${ms}ms`, `lognormal ${ms}ms`];
    const where = rng.below(2) === 0 ? `${stage.way()} ` : "";
    return [`latency ${where}${shapes[rng.below(shapes.length)]}`];
  },
};

const jitter: Fault = {
  name: "jitter",
  commands: (_, rng) => [`jitter ${rng.below(500)}ms`],
};

/** Little at a time, or small datagrams only: far below any real MTU, probes get through, and what carries some news does not. */
const narrow: Fault = {
  name: "narrow",
  commands: (stage, rng) => {
    const way = stage.way();
    const width = rng.below(60);
    return [width % 2 === 0 ? `bandwidth ${way} ${4 + width}kbit` : `mtu ${way} ${50 + 5 * width}`];
  },
};

const translation: Fault = {
  name: "translation",
  commands: (stage) => (stage.live.length === 0 ? [] : [`nat ${stage.one(stage.live)}`]),
};

/** A program of another age: an upgrade, or its taking back. */
const program: Fault = {
  name: "program",
  commands: (stage, rng) => {
    if (stage.live.length === 0) return [];
    const name = stage.one(stage.live);
    const version = `version ${name} ${OLDEST_PROTOCOL + rng.below(LATEST_PROTOCOL - 1)}`;
    return [version, `kill ${name}`, `restart ${name} with memory`, ...stage.joinOf(name)];
  },
};

/** All who are up are written out and read back. */
const renewal: Fault = { name: "renewal", commands: () => ["renew"] };

const leave: Fault = {
  name: "leave",
  commands: (stage) => {
    const leavers = stage.live.filter((name) => !stage.seeds.includes(name));
    if (stage.live.length <= LEAST_LIVE || leavers.length === 0) return [];
    const name = stage.one(leavers);
    stage.set(name, "left");
    return [`leave ${name}`];
  },
};

/** Whoever has left starts anew, perhaps elsewhere: what was said of it before must not be taken for news, nor news for that. */
const comeback: Fault = {
  name: "comeback",
  commands: (stage, rng) => {
    if (stage.left.length === 0) return [];
    const name = stage.one(stage.left);
    stage.set(name, "live");
    const at = rng.below(2) === 0 ? ` at ${stage.move(name)}` : "";
    return [`kill ${name}`, `restart ${name}${at}`, ...stage.joinOf(name)];
  },
};

const tags: Fault = {
  name: "tags",
  commands: (stage, rng) => {
    if (stage.live.length === 0) return [];
    return [`tags ${stage.one(stage.live)} role=r${rng.below(100)}`];
  },
};

export const FAULTS: readonly Fault[] = [
  crash,
  restart,
  newcomer,
  successor,
  pause,
  resume,
  slow,
  clock,
  drift,
  leave,
  comeback,
  tags,
  partition,
  isolation,
  cut,
  repair,
  clog,
  firewall,
  share("loss", "loss", 60),
  share("duplicate", "duplicate", 15),
  share("replay", "replay", 50),
  share("corrupt", "corrupt", 5),
  delay,
  jitter,
  narrow,
  translation,
  program,
  renewal,
  ...SECRET_FAULTS,
];
