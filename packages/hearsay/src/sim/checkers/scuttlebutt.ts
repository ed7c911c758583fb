/**
 * What the state of members promises: whatever key is current at its owner, a node has it as it is there, or has been told
 * less of the owner than that; nobody has been told more than the owner has written; and in the end, when faults are over,
 * all have the same.
 * @module
 */
import type { Instant } from "../../kernel/index.ts";
import type { Digest, StateChanged, StateRow } from "../../state/index.ts";
import type { WorldEvent } from "../world-options.ts";
import type { Checker } from "./checker.ts";

/** What is asked of a node's machine. */
export interface StateReader {
  standing(owner: string): Digest | undefined;
  of(owner: string, now: Instant): StateRow[];
  owners(): string[];
}

interface Written extends Digest {
  readonly rows: readonly StateRow[];
}

interface Home {
  /** Its name among the others. */
  readonly member: string;
  readonly machine: StateReader;
}

export class Scuttlebutt implements Checker {
  readonly name = "scuttlebutt";
  looks = 0;
  /** Of each node's latest run. */
  readonly #homes = new Map<string, Home>();
  /** What each owner has written, as of the last step in which it did. */
  readonly #written = new Map<string, Written>();
  /** Names that two nodes go by: what one of them writes the other has not. */
  readonly #contested = new Set<string>();

  /** A run of a node begins, with this machine. */
  made(node: string, member: string, machine: StateReader): void {
    this.#homes.set(node, { member, machine });
    for (const [other, home] of this.#homes) {
      if (other !== node && home.member === member) this.#contested.add(member);
    }
  }

  event({ node, event, at }: WorldEvent): string | undefined {
    if (event.type !== "stateChanged") return undefined;
    const { owner } = event as StateChanged;
    const home = this.#homes.get(node);
    if (home === undefined) return undefined;
    if (home.member === owner) {
      this.#note(home, at);
      return undefined;
    }
    return this.#violation(home, owner, at);
  }

  /** Where those who are there differ, although they have had time. */
  missing(isThere: (node: string) => boolean, at: Instant): string[] {
    const there = [...this.#homes].filter(([node]) => isThere(node));
    const members = new Set(there.map(([, { member }]) => member));
    const missing: string[] = [];
    for (const [node, { machine }] of there) {
      for (const owner of machine.owners()) {
        if (members.has(owner)) continue;
        missing.push(`${node} reads the state of ${owner}, who is gone`);
      }
      for (const [, { member: owner, machine: own }] of there) {
        const [ours, theirs] = [textOf(own.of(owner, at)), textOf(machine.of(owner, at))];
        if (ours === theirs || this.#contested.has(owner)) continue;
        missing.push(`${node} has ${theirs || "nothing"} of ${owner}: ${ours}`);
      }
    }
    return missing;
  }

  #note({ member, machine }: Home, at: Instant): void {
    const standing = machine.standing(member);
    if (standing !== undefined) {
      this.#written.set(member, { ...standing, rows: machine.of(member, at) });
    }
  }

  #violation({ machine }: Home, owner: string, at: Instant): string | undefined {
    const written = this.#written.get(owner);
    const told = machine.standing(owner);
    if (written === undefined || told === undefined || this.#contested.has(owner)) return undefined;
    if (told.generation !== written.generation) return undefined;
    this.looks++;
    const held = new Map(machine.of(owner, at).map((row) => [row.key, row]));
    for (const { key, version, value } of written.rows) {
      if (version > told.version) break;
      const own = held.get(key);
      if (own?.version !== version) {
        const what = own === undefined ? "not at all" : `as of ${own.version}`;
        return `has ${key} of ${owner} ${what}, was told all up to ${told.version}, and it was written at ${version}`;
      }
      if (own.value.join() !== value.join()) {
        return `has ${key} of ${owner}, written at ${version}, with other bytes than it was written with`;
      }
    }
    return undefined;
  }
}

function textOf(rows: readonly StateRow[]): string {
  return rows.map(({ key, version, value }) => `${key}@${version}=${value.length}`).join(" ");
}
