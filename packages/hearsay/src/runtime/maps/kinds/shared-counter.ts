/**
 * The counter: a row for each run of a node that has counted.
 * @module
 */
import { encodeUtf8, int } from "../../../codec/index.ts";
import { NO_DELTA, PNCounter } from "../../../crdt/index.ts";
import type { Delta, ValueField } from "../../../crdt/index.ts";
import { optionError } from "../../../kernel/index.ts";
import type { MapRowChange, MapWrite } from "../map-events.ts";
import type { KindOptions, MapKind } from "./map-kind.ts";

const SUM: ValueField<number> = () => int(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const SUM_BYTES = 9;
export const SHARED_COUNTER: MapKind<number, PNCounter> = {
  name: "pnCounter",
  label: "counter",
  prefix: "~sum~",
  value: SUM,
  make: (options: KindOptions): PNCounter => new PNCounter(options),
  write: (counter: PNCounter, asked: MapWrite): Delta<number> => {
    if (asked.type !== "add") throw optionError("mutation", "add", asked.type);
    const { amount } = asked;
    if (amount === 0) return NO_DELTA;
    return amount > 0 ? counter.increment(amount) : counter.decrement(-amount);
  },
  sizeOf: () => SUM_BYTES,
  // Whose sum has changed is nobody's business.
  changes: (counter: PNCounter): MapRowChange[] => [{ key: "", values: totalOf(counter) }],
  keys: () => [],
  countOf: () => 0,
  values: totalOf,
  contested: () => [],
  mayForget: () => false,
};

/** As text, so that it is bytes as other values are. */
function totalOf(counter: PNCounter): readonly Uint8Array[] {
  return [encodeUtf8(String(counter.value()))];
}
