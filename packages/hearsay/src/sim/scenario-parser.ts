/**
 * Reads commands of scenarios.
 *
 *     cluster a b c preset=tiny seed=7 latency=1..10ms loss=5%    n1..n32 names thirty-two
 *     add d at 10.0.0.9:7946 · join d a · leave d · tags d role=db · kill d · restart d with memory
 *     keys a b install k2 · keys a use k2 · keys a remove k1 · keys x only k9 · label x dc2 · version d 4
 *     pause d for 30s · resume d · slow d 100ms · clock d +1h · drift d 2% · nat d
 *     partition a b | c d · bridge a b | c | d e · ring a b c d · isolate a · cut a -> b · repair
 *     loss 10% · latency a -> b 50ms · jitter 50ms · bandwidth 1mbit · mtu a -> b 1200 · duplicate 5% · replay 10% · corrupt 2%
 *     clog a -> b for 2s · unclog · block udp · unblock · renew · calm
 *     run 1500ms · run until agreed max 10s · run until agreed among a b max 10s
 *     publish a · set a x=1 · delete a x · tell a · members a · agree · counts · topics · maps · state · judgements
 *     aggregates
 *
 * @module
 */
import type { DetectorName } from "../detection/index.ts";
import { DETECTORS } from "./detectors.ts";
import { MAP_KINDS } from "./map-kinds.ts";
import type {
  ClusterCommand,
  LinkCommand,
  NodeCommand,
  ScenarioCommand,
  TimeCommand,
} from "./scenario-command.ts";
import type { Memory } from "./node-spec.ts";
import type { Protocol } from "./place.ts";
import type { ScenarioLine } from "./scenario-text.ts";
import { LATEST_PROTOCOL } from "../membership/index.ts";
import { Words } from "./scenario-words.ts";
import { TOPIC_OVERLAYS } from "./topic-tenants.ts";
import type { TopicOverlay } from "./topic-tenants.ts";

const DEFAULT_LATENCY = "1..10ms";
/** How fast or slow the clock of a node may be: by a half. */
export const MAX_DRIFT = 0.5;
/** How long each input may take at most. */
const MAX_WORK_MS = 60_000;

const MEMORIES: ReadonlyMap<string | undefined, Memory> = new Map([
  [undefined, "none"],
  ["memory", "whole"],
  ["old-memory", "old"],
  ["torn-memory", "torn"],
]);
/** What can be said of a node's keys. */
const KEY_ACTS: ReadonlySet<string> = new Set(["install", "use", "remove", "only"]);

/** All there is, for whoever has asked for something else. */
const VERBS =
  "add, aggregates, agree, bandwidth, block, bridge, calm, clock, clog, cluster, corrupt, counts, cut, delete, drift, duplicate, " +
  "isolate, jitter, join, judgements, keys, kill, label, latency, leave, loss, maps, members, mtu, nat, partition, pause, publish, " +
  "renew, repair, replay, restart, resume, ring, run, set, slow, state, tags, tell, topics, unblock, unclog, version";

/** @throws ScenarioError */
export function parseCommand(line: ScenarioLine): ScenarioCommand {
  const words: Words = new Words(line);
  const { verb, all } = words;
  switch (verb) {
    case "cluster":
      return cluster(words);
    case "partition":
      return { type: verb, groups: words.groups("partition a b | c d") };
    case "bridge":
      return { type: verb, groups: words.groups("bridge a b | c | d e") };
    case "ring": {
      const names = words.names(all);
      words.expect(names.length > 2, "three nodes or more, such as ring a b c d");
      return { type: verb, names };
    }
    case "isolate":
      return { type: verb, names: words.names(all) };
    case "cut": {
      const place = words.place(all);
      words.expect(place.kind === "way", "cut a -> b");
      return { type: verb, place };
    }
    case "repair":
      return { type: verb, place: words.place(all) };
    case "run":
      return run(words);
    case "members":
      return { type: verb, name: words.name(all, "members a") };
    case "agree":
    case "counts":
    case "topics":
    case "maps":
    case "state":
    case "judgements":
    case "aggregates":
    case "calm":
    case "renew":
      words.expect(all.length === 0, `${verb} alone`);
      return { type: verb };
    default: {
      const command = nodeCommand(words) ?? linkCommand(words);
      if (command !== undefined) return command;
      throw words.error(`there is no command ${JSON.stringify(verb)}, expected one of ${VERBS}`);
    }
  }
}

function cluster(words: Words): ClusterCommand {
  const names = words.names(words.all.filter((word) => !word.includes("=")));
  const options = words.settings(words.all.filter((word) => word.includes("=")));
  const take = (key: string, otherwise: string): string => {
    const value = options.get(key) ?? otherwise;
    options.delete(key);
    return value;
  };
  const seed = Number(take("seed", "1"));
  words.expect(Number.isInteger(seed) && seed >= 0, "a whole number as seed");
  // A setting is one word: latency=lognormal:20ms:0.8.
  const latencyMs = words.latency(take("latency", DEFAULT_LATENCY).split(":"));
  const loss = words.share(take("loss", "0%"));
  const seedNames = take("seeds", "");
  const seeds = seedNames === "" ? [] : words.names(seedNames.split(","));
  for (const name of seeds) words.expect(names.includes(name), "seeds among the named nodes");
  const [key, label, topics] = [take("key", ""), take("label", ""), take("topics", "")];
  const overlays = [...TOPIC_OVERLAYS].join(" or ");
  words.expect(topics === "" || TOPIC_OVERLAYS.has(topics), `topics=${overlays}`);
  const [maps, state] = [take("maps", "off"), take("state", "off")];
  const mapKinds = ["off", ...MAP_KINDS.keys()].join(" or ");
  words.expect(maps === "off" || MAP_KINDS.has(maps), `maps=${mapKinds}`);
  const mapKind = MAP_KINDS.get(maps);
  words.expect(state === "on" || state === "off", "state=on or state=off");
  const detector = take("detector", "");
  const detectors = [...DETECTORS].join(" or ");
  words.expect(detector === "" || DETECTORS.has(detector), `detector=${detectors}`);
  const aggregates = take("aggregates", "off");
  words.expect(aggregates === "on" || aggregates === "off", "aggregates=on or aggregates=off");
  const more = {
    ...(key !== "" && { key }),
    ...(label !== "" && { label }),
    ...(topics !== "" && { topics: topics as TopicOverlay }),
    ...(mapKind !== undefined && { maps: mapKind }),
    ...(state === "on" && { state: true }),
    ...(detector !== "" && { detector: detector as DetectorName }),
    ...(aggregates === "on" && { aggregates: true }),
  };
  return { type: "cluster", names, seed, latencyMs, loss, seeds, ...more, options };
}

function nodeCommand(words: Words): NodeCommand | undefined {
  const { verb, all } = words;
  switch (verb) {
    case "leave":
    case "kill":
    case "resume":
    case "publish":
    case "tell":
      return { type: verb, names: words.names(all) };
    case "add": {
      const [withoutAt, at] = words.clause(all, "at");
      const [rest, as] = words.clause(withoutAt, "as");
      const names = words.names(rest);
      words.expect(names.length === 1 || (at ?? as) === undefined, "one node at an address");
      if (as !== undefined) words.names([as]);
      return { type: verb, names, at: at === undefined ? undefined : words.address(at), as };
    }
    case "restart": {
      const [withoutMemory, kept] = words.clause(all, "with");
      const memory = MEMORIES.get(kept);
      words.expect(memory !== undefined, "restart a with memory, old-memory or torn-memory");
      const [rest, at] = words.clause(withoutMemory, "at");
      const names = words.names(rest);
      words.expect(names.length === 1 || at === undefined, "one node at an address");
      const address = at === undefined ? undefined : words.address(at);
      return { type: verb, names, at: address, memory };
    }
    case "join": {
      const via = all.indexOf("via");
      const at = via < 0 ? 1 : via;
      words.expect(all.length > 1, "join d a, or join d e via a b");
      const names = words.names(all.slice(0, at));
      return { type: verb, names, via: words.names(all.slice(via < 0 ? 1 : via + 1)) };
    }
    case "set": {
      const name = words.name(all.slice(0, 1), "set d x=1");
      words.expect(all.length > 1, "set d x=1");
      return { type: verb, name, entries: words.settings(all.slice(1)) };
    }
    case "delete": {
      const name = words.name(all.slice(0, 1), "delete d x");
      words.expect(all.length > 1, "delete d x");
      return { type: verb, name, keys: all.slice(1) };
    }
    case "tags": {
      const name = words.name(all.slice(0, 1), "tags d role=db");
      return { type: verb, name, tags: words.settings(all.slice(1)) };
    }
    case "pause": {
      const [rest, time] = words.clause(all, "for");
      return { type: verb, names: words.names(rest), forMs: optionalDuration(words, time) };
    }
    case "slow": {
      const ms = words.duration(all.at(-1));
      words.expect(ms <= MAX_WORK_MS, "at most 60s for each input");
      return { type: verb, names: words.names(all.slice(0, -1)), ms };
    }
    case "clock": {
      const ms = words.signedDuration(all.at(-1));
      return { type: verb, names: words.names(all.slice(0, -1)), ms };
    }
    case "drift": {
      const share = words.signedShare(all.at(-1) ?? "", MAX_DRIFT);
      return { type: verb, names: words.names(all.slice(0, -1)), share };
    }
    case "nat":
      return nat(words);
    case "keys":
      return keys(words);
    case "label":
      words.expect(all.length > 1, "label d dc2, or label d none");
      return { type: verb, names: words.names(all.slice(0, -1)), label: noneOr(all.at(-1)) };
    case "version":
      return { type: verb, names: words.names(all.slice(0, -1)), protocol: versionIn(words) };
    default:
      return undefined;
  }
}

function keys(words: Words): NodeCommand {
  const { all } = words;
  const at = all.findIndex((word) => KEY_ACTS.has(word));
  words.expect(at > 0, "keys a b install k2, use k2, remove k1, only k2 k1, or only none");
  const names = words.names(all.slice(0, at));
  const act = all[at] as "install" | "use" | "remove" | "only";
  const listed = all.slice(at + 1);
  const isNone = act === "only" && listed.length === 1 && listed[0] === "none";
  if (act === "only") {
    words.expect(listed.length > 0, "keys a only k2 k1, or keys a only none");
    return { type: "keys", act, names, keys: isNone ? [] : words.names(listed) };
  }
  const [key] = listed;
  words.expect(key !== undefined && listed.length === 1, `one key, as in keys a ${act} k2`);
  return { type: "keys", act, names, keys: [key] };
}

function noneOr(word = ""): string {
  return word === "none" ? "" : word;
}

function versionIn(words: Words): number {
  const version = Number(words.all.at(-1));
  const isVersion = Number.isInteger(version) && version >= 1 && version <= LATEST_PROTOCOL;
  words.expect(isVersion, `a version of 1..${LATEST_PROTOCOL}, such as version d 4`);
  return version;
}

function nat(words: Words): NodeCommand {
  const { all } = words;
  if (all.at(-1) === "off") {
    return { type: "nat", names: words.names(all.slice(0, -1)), at: undefined, on: false };
  }
  const [rest, at] = words.clause(all, "at");
  const names = words.names(rest);
  words.expect(names.length === 1 || at === undefined, "one node at an address");
  return { type: "nat", names, at: at === undefined ? undefined : words.address(at), on: true };
}

function linkCommand(words: Words): LinkCommand | undefined {
  const { verb, all } = words;
  switch (verb) {
    case "loss":
      return { type: verb, loss: words.share(all.at(-1)), place: words.place(all.slice(0, -1)) };
    case "latency": {
      const at = all.length - words.latencyWords(all);
      const latencyMs = words.latency(all.slice(at));
      return { type: verb, latencyMs, place: words.place(all.slice(0, at)) };
    }
    case "jitter":
      words.expect(all.length === 1, "jitter 50ms");
      return { type: verb, ms: words.duration(all[0]) };
    case "bandwidth": {
      const bitsPerSecond = words.bandwidth(all.at(-1));
      return { type: verb, bitsPerSecond, place: words.place(all.slice(0, -1)) };
    }
    case "mtu":
      return { type: verb, bytes: words.mtu(all.at(-1)), place: words.place(all.slice(0, -1)) };
    case "duplicate":
    case "replay":
    case "corrupt":
      words.expect(all.length === 1, `${verb} 5%`);
      return { type: verb, share: words.share(all[0]) };
    case "clog": {
      const [rest, time] = words.clause(all, "for");
      return { type: verb, place: words.place(rest), forMs: optionalDuration(words, time) };
    }
    case "unclog":
      return { type: verb, place: words.place(all) };
    case "block":
      return { type: verb, protocol: protocol(words), place: words.place(all.slice(1)) };
    case "unblock":
      if (all.length === 0) return { type: verb, protocol: undefined, place: words.place([]) };
      return { type: verb, protocol: protocol(words), place: words.place(all.slice(1)) };
    default:
      return undefined;
  }
}

function protocol(words: Words): Protocol {
  const [first] = words.all;
  words.expect(first === "udp" || first === "tcp", `${words.verb} udp or ${words.verb} tcp`);
  return first;
}

function run(words: Words): TimeCommand {
  const [first, second, third] = words.all;
  if (first === "until") {
    const { all } = words;
    const isAmong = third === "among" && all.length > 5;
    const isAsked = second === "agreed" && all.at(-2) === "max" && (all.length === 4 || isAmong);
    words.expect(isAsked, "run until agreed max 10s, or run until agreed among a b max 10s");
    const among = isAmong ? words.names(all.slice(3, -2)) : undefined;
    return { type: "runUntilAgreed", maxMs: words.duration(all.at(-1)), among };
  }
  words.expect(words.all.length === 1, "run 1500ms");
  return { type: "run", ms: words.duration(first) };
}

function optionalDuration(words: Words, text: string | undefined): number | undefined {
  return text === undefined ? undefined : words.duration(text);
}
