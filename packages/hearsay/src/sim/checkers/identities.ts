/**
 * Who a node is, only the node itself says.
 * @module
 */
import type { MembershipEvent, MemberView } from "../../membership/index.ts";
import type { Cluster } from "../cluster.ts";
import type { WorldEvent } from "../world-options.ts";
import type { Checker } from "./checker.ts";

/** Nobody speaks of an incarnation that its owner has never had. */
export class Incarnations implements Checker {
  readonly name = "incarnations";
  looks = 0;
  #cluster: Cluster | undefined;
  /** The highest that each node has ever had, over all its runs. */
  readonly #highest = new Map<string, number>();

  began(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  step(node: string): string | undefined {
    this.#learn(node);
    return undefined;
  }

  event({ node, event }: WorldEvent): string | undefined {
    // In the middle of a step: the node itself may have a new incarnation already.
    this.#learn(node);
    const { type, member } = event as MembershipEvent;
    if (member === undefined || type === "conflict") return undefined;
    const highest = this.#highest.get(member.name);
    if (highest === undefined) return `speaks of ${member.name}, who has never been`;
    this.looks++;
    if (member.incarnation <= highest) return undefined;
    return `knows ${member.name} under incarnation ${member.incarnation}, who has never had more than ${highest}`;
  }

  #learn(node: string): void {
    const cluster = this.#cluster as Cluster;
    if (!cluster.world.isAlive(node)) return;
    const { incarnation } = cluster.membership(node);
    const name = cluster.memberNameOf(node);
    if (incarnation > (this.#highest.get(name) ?? -1)) this.#highest.set(name, incarnation);
  }
}

/** What a member is under one incarnation, its address and its tags, is the same to whoever hears of it. */
export class Metadata implements Checker {
  readonly name = "metadata";
  looks = 0;
  #cluster: Cluster | undefined;
  /** By name and incarnation: what the first said who heard of it. */
  readonly #said = new Map<string, string>();
  /** The highest incarnation of each name of which something was said. */
  readonly #highest = new Map<string, number>();
  /** By name: up to here a node has begun to count anew, as after a start in the same second or by a clock set back. */
  readonly #twice = new Map<string, number>();

  began(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  event({ event }: WorldEvent): string | undefined {
    const { type, member, reason } = event as MembershipEvent;
    // Whoever is accused may be so under an incarnation of which nothing else is known yet.
    if (type !== "join" && type !== "alive" && type !== "update") return undefined;
    const { name, incarnation } = member;
    const highest = this.#highest.get(name) ?? -1;
    if (reason.type === "started" && incarnation <= highest) this.#twice.set(name, highest);
    this.#highest.set(name, Math.max(highest, incarnation));
    this.looks++;
    const key = `${name} ${incarnation}`;
    const [said, is] = [this.#said.get(key), looksOf(member)];
    if (said === undefined) this.#said.set(key, is);
    if (said === undefined || said === is) return undefined;
    if (incarnation <= (this.#twice.get(name) ?? -1) || this.#isShared(name)) return undefined;
    return `knows ${name} under incarnation ${incarnation} ${is}, another one ${said}`;
  }

  /** Two nodes of one name have each its own past. */
  #isShared(name: string): boolean {
    const cluster = this.#cluster as Cluster;
    return cluster.world.names.filter((node) => cluster.memberNameOf(node) === name).length > 1;
  }
}

/** A node that runs holds itself for alive, or for left if it has said so; its incarnation never falls. */
export class Selves implements Checker {
  readonly name = "selves";
  looks = 0;
  #cluster: Cluster | undefined;
  readonly #incarnations = new Map<string, number>();

  began(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  started(node: string): void {
    this.#incarnations.delete(node);
  }

  step(node: string): string | undefined {
    const cluster = this.#cluster as Cluster;
    if (!cluster.world.isAlive(node)) return undefined;
    this.looks++;
    const { state, incarnation } = cluster.membership(node);
    const before = this.#incarnations.get(node) ?? 0;
    this.#incarnations.set(node, incarnation);
    if (state === "suspect" || state === "dead") return `holds itself for ${state}`;
    if (incarnation < before) return `has incarnation ${incarnation} after ${before}`;
    return undefined;
  }
}

function looksOf({ address, tags }: MemberView): string {
  const sorted = [...tags].map(([key, value]) => ` ${key}=${value}`).toSorted();
  return `at ${address}${sorted.join("")}`;
}
