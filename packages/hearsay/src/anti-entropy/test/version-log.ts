/**
 * The least store that can be reconciled: what each origin has said, one after the other. Its digest is how much of each
 * was heard. Says `{ type: "logged", text }` of whatever is new.
 */
import { decodeUtf8, encodeUtf8 } from "../../codec/index.ts";
import { DecodeError, HearsayError } from "../../kernel/index.ts";
import type { NodeEvent, Saved } from "../../kernel/index.ts";
import { ByDigest } from "../index.ts";
import type { DeltaPart, DigestStore, Direction, HostedStore, StoreTurn } from "../index.ts";

export interface Logged extends NodeEvent {
  readonly type: "logged";
  readonly text: string;
}

type Rows = readonly (readonly [origin: string, first: number, texts: readonly string[]])[];

export class VersionLog implements DigestStore {
  readonly #origin: string;
  readonly said = new Map<string, string[]>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** All that was heard, by origin. */
  get contents(): string {
    const rows = [...this.said].map(([origin, texts]) => `${origin}: ${texts.join(" ")}`);
    return rows.toSorted().join("\n");
  }

  mutate(mutation: Saved, turn: StoreTurn): Uint8Array | undefined {
    const text = mutation as string;
    if (text === "nonsense") throw new HearsayError("ERR_OPTION", "mutation: expected sense");
    if (text === "nothing") return undefined;
    const first = this.said.get(this.#origin)?.length ?? 0;
    this.#add(this.#origin, first, [text], turn);
    return write([[this.#origin, first, [text]]]);
  }

  merge(delta: Uint8Array, turn: StoreTurn): boolean {
    let gained = false;
    for (const [origin, first, texts] of read<Rows>(delta)) {
      if (this.#add(origin, first, texts, turn)) gained = true;
    }
    return gained;
  }

  digest(): Uint8Array {
    const counts = [...this.said].map(([origin, texts]) => [origin, texts.length] as const);
    return write(counts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  delta(theirs: Uint8Array, turn: StoreTurn): DeltaPart | undefined {
    const counts = new Map(read<readonly (readonly [string, number])[]>(theirs));
    const rows: [string, number, string[]][] = [];
    let left = turn.maxBytes - 2;
    for (const [origin, texts] of this.said) {
      const first = counts.get(origin) ?? 0;
      const row: [string, number, string[]] = [origin, first, []];
      for (const text of texts.slice(first)) {
        left -= text.length + origin.length + 16;
        if (left < 0) return { bytes: write([...rows, row]), more: true };
        row[2].push(text);
      }
      if (row[2].length > 0) rows.push(row);
    }
    return rows.length === 0 ? undefined : { bytes: write(rows), more: false };
  }

  isBehind(theirs: Uint8Array): boolean {
    const counts = read<readonly (readonly [string, number])[]>(theirs);
    return counts.some(([origin, count]) => count > (this.said.get(origin)?.length ?? 0));
  }

  save(): Saved {
    return new Map([...this.said].map(([origin, texts]) => [origin, [...texts]]));
  }

  restore(saved: Saved): void {
    for (const [origin, texts] of saved as Map<string, string[]>) this.said.set(origin, [...texts]);
  }

  #add(origin: string, first: number, texts: readonly string[], turn: StoreTurn): boolean {
    const known = this.said.get(origin) ?? [];
    const fresh = first > known.length ? [] : texts.slice(known.length - first);
    if (fresh.length === 0) return false;
    this.said.set(origin, [...known, ...fresh]);
    for (const text of fresh) turn.notify<Logged>({ type: "logged", text });
    return true;
  }
}

/** A log for the machine. */
export function hostedLog(origin: string, direction?: Direction): HostedStore {
  const store = new VersionLog(origin);
  return { store, comparison: new ByDigest(store, direction) };
}

function write(value: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}

function read<T>(bytes: Uint8Array): T {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes));
    if (Array.isArray(value) && value.every(Array.isArray)) return value as T;
  } catch {
    // Told below.
  }
  throw new DecodeError("malformed", "no list of rows");
}
