/**
 * Who a node is, only the node itself says.
 * @module
 */
import type { MembershipEvent } from "../../membership/index.ts";
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
