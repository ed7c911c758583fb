/**
 * What commands of scenarios do to nodes and to the network.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Cluster } from "./cluster.ts";
import type { LinkCommand, NodeCommand, ShapeCommand } from "./scenario-command.ts";

export function obey(command: NodeCommand | ShapeCommand | LinkCommand, cluster: Cluster): void {
  const { world } = cluster;
  switch (command.type) {
    case "add":
      for (const name of command.names) cluster.add(name, undefined, command.at);
      return;
    case "leave":
      for (const name of command.names) cluster.leave(name);
      return;
    case "kill":
      for (const name of command.names) world.crash(name);
      return;
    case "restart":
      for (const name of command.names) world.restart(name, command.at);
      return;
    case "pause":
      for (const name of command.names) world.pause(name);
      return;
    case "resume":
      for (const name of command.names) world.resume(name);
      return;
    case "slow":
      for (const name of command.names) world.slow(name, command.ms);
      return;
    case "join":
      for (const name of command.names) cluster.join(name, command.via);
      return;
    case "tags":
      return cluster.setTags(command.name, command.tags);
    case "partition":
      return world.partition(command.groups);
    case "repair":
      return world.repair();
    case "loss":
      return world.network.setLoss(command.loss);
    case "latency":
      return world.network.setLatency(command.latencyMs);
    case "cut": {
      const { place } = command;
      if (place.kind !== "way") return;
      for (const from of place.from) {
        for (const to of place.to) {
          world.cut(from, to);
          if (place.both) world.cut(to, from);
        }
      }
      return;
    }
    default:
      throw new HearsayError("ERR_STATE", `${command.type}: not carried out yet`);
  }
}
