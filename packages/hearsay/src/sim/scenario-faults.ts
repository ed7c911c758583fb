/**
 * What commands of scenarios do to nodes and to the network.
 * @module
 */
import { assertNever, HearsayError } from "../kernel/index.ts";
import type { Saved } from "../kernel/index.ts";
import { readPlain, writePlain } from "../recording/index.ts";
import type { Cluster } from "./cluster.ts";
import type { SharedMaps } from "./shared-maps.ts";
import type { LinkCommand, NodeCommand, ShapeCommand } from "./scenario-command.ts";

/** Carries out a command that changes the cluster or its world. */
export function obey(
  command: NodeCommand | ShapeCommand | LinkCommand,
  cluster: Cluster,
  maps: SharedMaps | undefined,
): void {
  const { links } = cluster.world;
  switch (command.type) {
    case "partition":
      return links.partition(command.groups);
    case "bridge":
      return links.bridge(command.groups);
    case "ring":
      return links.ring(command.names);
    case "isolate":
      return links.isolate(command.names);
    case "cut":
      return links.cut(command.place);
    case "repair":
      return links.repair(command.place);
    case "loss":
      return links.setLoss(command.loss, command.place);
    case "latency":
      return links.setLatency(command.latencyMs, command.place);
    case "jitter":
      return links.setJitter(command.ms);
    case "bandwidth":
      return links.setBandwidth(command.bitsPerSecond, command.place);
    case "mtu":
      return links.setMtu(command.bytes, command.place);
    case "duplicate":
      return links.setDuplication(command.share);
    case "replay":
      return links.setReplay(command.share);
    case "corrupt":
      return links.setCorruption(command.share);
    case "clog":
      return links.clog(command.place, command.forMs);
    case "unclog":
      return links.unclog(command.place);
    case "block":
      return links.block(command.protocol, command.place);
    case "unblock":
      return links.unblock(command.protocol, command.place);
    case "calm":
      return cluster.world.calm();
    case "renew":
      return cluster.world.renew(filed);
    case "tags":
      return cluster.setTags(command.name, command.tags);
    case "set":
      for (const [key, value] of command.entries) need(maps).set(command.name, key, value);
      return;
    case "delete":
      for (const key of command.keys) need(maps).delete(command.name, key);
      return;
    default:
      for (const name of command.names) befall(name, command, cluster);
  }
}

/** What happens to one of the nodes that a command names. */
function befall(
  name: string,
  command: Exclude<NodeCommand, { type: "tags" | "set" | "delete" }>,
  cluster: Cluster,
): void {
  const { world } = cluster;
  switch (command.type) {
    case "add":
      return cluster.add(name, undefined, command.at, command.as);
    case "publish":
      return cluster.publish(name);
    case "tell":
      return cluster.tell(name);
    case "leave":
      return cluster.leave(name);
    case "join":
      return cluster.join(name, command.via);
    case "kill":
      return world.crash(name);
    case "restart":
      return world.restart(name, command.at, command.memory);
    case "pause":
      return world.pause(name, command.forMs);
    case "resume":
      return world.resume(name);
    case "slow":
      return world.slow(name, command.ms);
    case "clock":
      return world.jumpClock(name, command.ms);
    case "drift":
      return world.drift(name, command.share);
    case "nat":
      return world.rewrite(name, command.on ? (command.at ?? world.outsideOf(name)) : undefined);
    case "keys":
      return changeKeys(name, command, cluster);
    case "label":
      return cluster.secrets.label(name, command.label);
    case "version":
      return cluster.setProgram(name, command.protocol);
    default:
      return assertNever(command);
  }
}

function changeKeys(
  name: string,
  { act, keys }: Extract<NodeCommand, { type: "keys" }>,
  { secrets }: Cluster,
): void {
  const [key = ""] = keys;
  switch (act) {
    case "install":
      return secrets.install(name, key);
    case "use":
      return secrets.use(name, key);
    case "remove":
      return secrets.remove(name, key);
    case "only":
      return secrets.only(name, keys);
    default:
      return assertNever(act);
  }
}

function need(maps: SharedMaps | undefined): SharedMaps {
  if (maps !== undefined) return maps;
  throw new HearsayError("ERR_STATE", "the nodes share no map: cluster a b maps=on");
}

/** As through a file. */
function filed<T extends Saved>(saved: T): T {
  return readPlain(writePlain(saved)) as T;
}
