/**
 * The map of the demo: what was set in it and acknowledged, and what each agent has of it.
 * @module
 */
import type { MapChangeJson } from "../http/map-routes.ts";

/** The map that the agents of the demo share. */
export const DEMO_MAP = "demo";

export class SharedMap {
  #count = 0;
  /** What another agent has, too: it must not be lost from then on. */
  readonly #acknowledged = new Map<string, number>();
  readonly #copies = new Map<string, Map<string, unknown>>();

  /** The next value that somebody sets. */
  next(): number {
    return ++this.#count;
  }

  get isEmpty(): boolean {
    return this.#acknowledged.size === 0;
  }

  acknowledge(key: string, value: number): void {
    if ((this.#acknowledged.get(key) ?? 0) < value) this.#acknowledged.set(key, value);
  }

  isAcknowledged(key: string, value: number): boolean {
    return (this.#acknowledged.get(key) ?? 0) >= value;
  }

  hear(observer: string, change: MapChangeJson): void {
    const copy = this.#copies.get(observer) ?? new Map<string, unknown>();
    this.#copies.set(observer, copy);
    switch (change.type) {
      case "open":
        copy.clear();
        for (const { key, value } of change.entries) copy.set(key, value);
        return;
      case "set":
        copy.set(change.key, change.value);
        return;
      case "delete":
        copy.delete(change.key);
        return;
      case "missed":
        return;
    }
  }

  /** Those of them that lack something that was acknowledged, or have it older. */
  behind(observers: readonly string[]): string[] {
    return observers.filter((observer) => {
      const copy = this.#copies.get(observer);
      return [...this.#acknowledged].some(([key, value]) => Number(copy?.get(key) ?? 0) < value);
    });
  }

  /** `n1=1 n4=2` */
  get words(): string {
    return [...this.#acknowledged].map(([key, value]) => `${key}=${value}`).join(" ");
  }
}

/** `map demo: n1=1 n4=2, the same at all 4` */
export function mapWords(map: SharedMap, observers: readonly string[]): string {
  const behind = map.behind(observers);
  const where =
    behind.length === 0 ? `the same at all ${observers.length}` : `not yet at ${behind.join(", ")}`;
  return `map ${DEMO_MAP}: ${map.words}, ${where}`;
}
