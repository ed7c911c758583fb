/**
 * Values of the caller's: how they are written says how large they are.
 * @module
 */
import type { Field } from "../codec/index.ts";
import { HearsayError, optionError } from "../kernel/index.ts";
import type { CrdtOptions } from "./delta-store.ts";

/** Makes the field that values of at most `maxBytes` travel in: `text`, `bytes`, or one of your own. */
export type ValueField<V> = (maxBytes: number) => Field<V>;

export interface ValueOptions<V> extends CrdtOptions {
  readonly value: ValueField<V>;
}

/** Refuses what others could not read. */
export class ValueGuard<V> {
  readonly #field: Field<V>;
  readonly #maxBytes: number;

  constructor(value: ValueField<V>, maxBytes: number) {
    this.#field = value(maxBytes);
    this.#maxBytes = maxBytes;
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE` */
  check(value: V): void {
    if (value === undefined) throw optionError("value", "a value; delete what is to go", value);
    const size = this.#field.sizeOf(value);
    if (size <= this.#maxBytes) return;
    throw new HearsayError(
      "ERR_MESSAGE_TOO_LARGE",
      `limits.maxValueBytes: expected a value of at most ${this.#maxBytes} bytes, got ${size}`,
      { option: "limits.maxValueBytes", received: size },
    );
  }
}
