/**
 * Writes commands of scenarios: the inverse of `parseCommand`.
 * @module
 */
import { assertNever } from "../kernel/index.ts";
import type { Latency } from "./distributions.ts";
import { mapsWord } from "./map-kinds.ts";
import type { Memory } from "./node-spec.ts";
import type { Place } from "./place.ts";
import type { ClusterCommand, ScenarioCommand } from "./scenario-command.ts";

/** From so many on, names that count up are written as a range. */
const LEAST_RANGE = 3;

/** One line that `parseCommand` reads as the same command. */
export function commandText(command: ScenarioCommand): string {
  return words(command)
    .filter((word) => word !== "")
    .join(" ");
}

function words(command: ScenarioCommand): string[] {
  const { type } = command;
  switch (type) {
    case "cluster":
      return clusterWords(command);
    case "agree":
    case "counts":
    case "topics":
    case "maps":
    case "state":
    case "judgements":
    case "aggregates":
    case "calm":
    case "renew":
      return [type];
    case "leave":
    case "kill":
    case "publish":
    case "tell":
    case "resume":
    case "ring":
    case "isolate":
      return [type, namesText(command.names)];
    case "add": {
      const as = command.as === undefined ? "" : `as ${command.as}`;
      return [type, namesText(command.names), as, atText(command.at)];
    }
    case "restart": {
      const memory = MEMORY_TEXTS[command.memory];
      return [type, namesText(command.names), atText(command.at), memory];
    }
    case "keys": {
      const keys = command.keys.length === 0 ? "none" : command.keys.join(" ");
      return [type, namesText(command.names), command.act, keys];
    }
    case "label":
      return [type, namesText(command.names), command.label === "" ? "none" : command.label];
    case "version":
      return [type, namesText(command.names), String(command.protocol)];
    case "join":
      return [type, joinersText(command.names), namesText(command.via)];
    case "set":
      return [type, command.name, ...settingsWords(command.entries)];
    case "delete":
      return [type, command.name, ...command.keys];
    case "tags":
      return [type, command.name, ...settingsWords(command.tags)];
    case "pause":
      return [type, namesText(command.names), forText(command.forMs)];
    case "slow":
      return [type, namesText(command.names), durationText(command.ms)];
    case "clock": {
      const sign = command.ms < 0 ? "-" : "+";
      return [type, namesText(command.names), `${sign}${durationText(Math.abs(command.ms))}`];
    }
    case "drift":
      return [type, namesText(command.names), shareText(command.share)];
    case "nat":
      return [type, namesText(command.names), command.on ? atText(command.at) : "off"];
    case "partition":
    case "bridge":
      return [type, command.groups.map(namesText).join(" | ")];
    case "cut":
    case "repair":
    case "unclog":
      return [type, placeText(command.place)];
    case "loss":
      return [type, placeText(command.place), shareText(command.loss)];
    case "latency":
      return [type, placeText(command.place), ...latencyWords(command.latencyMs)];
    case "jitter":
      return [type, durationText(command.ms)];
    case "bandwidth":
      return [type, placeText(command.place), bandwidthText(command.bitsPerSecond)];
    case "mtu":
      return [type, placeText(command.place), mtuText(command.bytes)];
    case "duplicate":
    case "replay":
    case "corrupt":
      return [type, shareText(command.share)];
    case "clog":
      return [type, placeText(command.place), forText(command.forMs)];
    case "block":
    case "unblock":
      return [type, command.protocol ?? "", placeText(command.place)];
    case "run":
      return [type, durationText(command.ms)];
    case "runUntilAgreed":
      return [
        "run until agreed",
        command.among === undefined ? "" : `among ${namesText(command.among)}`,
        `max ${durationText(command.maxMs)}`,
      ];
    case "members":
      return [type, command.name];
    default:
      return assertNever(command);
  }
}

const MEMORY_TEXTS: Readonly<Record<Memory, string>> = {
  none: "",
  whole: "with memory",
  old: "with old-memory",
  torn: "with torn-memory",
};

function clusterWords(command: ClusterCommand): string[] {
  const { names, seed, latencyMs, loss, seeds, key = "", label = "", topics = "" } = command;
  const { options, maps, state = false, detector = "", aggregates = false } = command;
  return [
    "cluster",
    namesText(names),
    ...settingsWords(options),
    `seed=${seed}`,
    `latency=${latencyWords(latencyMs).join(":")}`,
    loss === 0 ? "" : `loss=${shareText(loss)}`,
    seeds.length === 0 ? "" : `seeds=${seeds.join(",")}`,
    key === "" ? "" : `key=${key}`,
    label === "" ? "" : `label=${label}`,
    topics === "" ? "" : `topics=${topics}`,
    maps === undefined ? "" : mapsWord(maps),
    state ? "state=on" : "",
    detector === "" ? "" : `detector=${detector}`,
    aggregates ? "aggregates=on" : "",
  ];
}

function settingsWords(settings: ReadonlyMap<string, string>): string[] {
  return [...settings].map(([key, value]) => `${key}=${value}`);
}

/** Names, runs of them that count up as ranges. */
function namesText(names: readonly string[]): string {
  const texts: string[] = [];
  for (let at = 0; at < names.length;) {
    let end = at + 1;
    while (end < names.length && follows(names[end - 1] as string, names[end] as string)) end++;
    if (end - at >= LEAST_RANGE) texts.push(`${names[at]}..${names[end - 1]}`);
    else texts.push(...names.slice(at, end));
    at = end;
  }
  return texts.join(" ");
}

/** Who joins is one word, or all before `via`. */
function joinersText(names: readonly string[]): string {
  const text = namesText(names);
  return text.includes(" ") ? `${text} via` : text;
}

function follows(name: string, next: string): boolean {
  const [, stem, digits = ""] = /^(\D+)(0|[1-9]\d*)$/.exec(name) ?? [];
  return stem !== undefined && next === `${stem}${Number(digits) + 1}`;
}

function placeText(place: Place): string {
  if (place.kind === "everywhere") return "";
  if (place.kind === "nodes") return namesText(place.names);
  return `${namesText(place.from)} ${place.both ? "<->" : "->"} ${namesText(place.to)}`;
}

export function latencyWords(latency: Latency): string[] {
  if (typeof latency === "number") return [`${latency}ms`];
  if (!("type" in latency)) {
    const [least, most] = latency;
    return [least === most ? `${most}ms` : `${least}..${most}ms`];
  }
  if (latency.type === "exponential") {
    const { leastMs = 0, meanMs } = latency;
    return ["exponential", leastMs === 0 ? `${meanMs}ms` : `${leastMs}..${meanMs}ms`];
  }
  const { medianMs, sigma } = latency;
  return ["lognormal", durationText(medianMs), sigma === undefined ? "" : String(sigma)].filter(
    (word) => word !== "",
  );
}

function atText(address: string | undefined): string {
  return address === undefined ? "" : `at ${address}`;
}

function forText(ms: number | undefined): string {
  return ms === undefined ? "" : `for ${durationText(ms)}`;
}

/** In the largest unit that needs no fraction. */
export function durationText(ms: number): string {
  if (ms === 0 || ms % 1000 !== 0) return `${ms}ms`;
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}

export function shareText(share: number): string {
  // 0.07 is 7 %, not 7.000000000000001 %.
  return `${Number((100 * share).toPrecision(12))}%`;
}

export function mtuText(bytes: number | undefined): string {
  return bytes === undefined ? "off" : `${bytes}`;
}

export function bandwidthText(bits: number | undefined): string {
  if (bits === undefined) return "off";
  if (bits % 1e9 === 0) return `${bits / 1e9}gbit`;
  return bits % 1e6 === 0 ? `${bits / 1e6}mbit` : `${bits / 1e3}kbit`;
}
