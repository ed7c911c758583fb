/**
 * Who has not the key, or has it no more, changes nothing.
 *
 *     datagram ──▶ label ours? ──▶ sealed with a key that we hold? ──▶ opened      else refused, always
 *
 * Worked out once more from what each node was given, apart from envelopes and keyrings. And nobody speaks of a member
 * with whom it has never had anything in common, not even through others.
 * @module
 */
import type { MembershipEvent } from "../../membership/index.ts";
import { TYPE_BYTE } from "../../codec/index.ts";
import type { Cluster } from "../cluster.ts";
import type { Holding } from "../node-secrets.ts";
import { sealedWith } from "../node-secrets.ts";
import type { WorldEvent } from "../world-options.ts";
import type { Checker } from "./checker.ts";

export class Keys implements Checker {
  readonly name = "keys";
  looks = 0;
  #cluster: Cluster | undefined;
  /** Of a packet that was taken or refused wrongly; told at the end of the step. */
  #seen: string | undefined;
  /** By node: another one that it has, or has had, something in common with. */
  readonly #kin = new Map<string, string>();
  /** Changes and nodes when that was last worked out. */
  #state = 0;

  began(cluster: Cluster): void {
    this.#cluster = cluster;
    if (!cluster.hasSecrets) return;
    cluster.secrets.onOpened = (node, datagram, isOpened) => {
      const holding = cluster.secrets.holdingOf(node);
      const may = mayOpen(datagram, holding);
      if (may === undefined) return;
      this.looks++;
      if (isOpened && !may) this.#seen ??= "takes a packet for which it has no key";
    };
  }

  started(node: string): void {
    if (!this.#kin.has(node)) this.#kin.set(node, node);
  }

  event({ node, event }: WorldEvent): string | undefined {
    const cluster = this.#cluster as Cluster;
    const { type, member } = event as MembershipEvent;
    if (member === undefined || type === "conflict" || !cluster.hasSecrets) return undefined;
    this.#befriend();
    this.looks++;
    const root = this.#rootOf(node);
    for (const one of this.#kin.keys()) {
      if (cluster.memberNameOf(one) === member.name && this.#rootOf(one) === root) return undefined;
    }
    return `speaks of ${member.name}, with whom it has never had a key and a label in common`;
  }

  step(): string | undefined {
    return this.#seen;
  }

  /** Brings together all whose keys and labels meet now. */
  #befriend(): void {
    const { secrets } = this.#cluster as Cluster;
    const state = secrets.changes + this.#kin.size;
    if (this.#state === state) return;
    this.#state = state;
    const groups = new Map<string, string>();
    for (const node of this.#kin.keys()) {
      const { keys, label } = secrets.holdingOf(node);
      for (const key of keys.size === 0 ? ["no key"] : keys) {
        const group = `${label} ${key}`;
        const first = groups.get(group);
        if (first === undefined) groups.set(group, node);
        else this.#kin.set(this.#rootOf(node), this.#rootOf(first));
      }
    }
  }

  #rootOf(node: string): string {
    let root = node;
    for (let next = this.#kin.get(root); next !== undefined && next !== root;) {
      root = next;
      next = this.#kin.get(root);
    }
    return root;
  }
}

/** Whether a node with these may read a datagram; `undefined` for one without keys, which cannot tell. */
function mayOpen(datagram: Uint8Array, { keys, label }: Holding): boolean | undefined {
  const isLabelled = datagram[0] === TYPE_BYTE.label;
  if (isLabelled !== (label !== "")) return false;
  const head = isLabelled ? 2 + (datagram[1] ?? 0) : 0;
  const theirs = String.fromCharCode(...datagram.subarray(isLabelled ? 2 : 0, head));
  if (theirs !== label) return false;
  if (keys.size === 0) return undefined;
  return [...keys].some((key) => sealedWith(key, datagram.subarray(head), label));
}
