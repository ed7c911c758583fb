/**
 * A register that loses nothing: values that were set without knowing of each other are all there, until somebody
 * who has seen them sets the next. The caller decides, not a clock.
 * @module
 */
import { CausalStore } from "./causal-store.ts";
import type { Delta } from "./delta-crdt.ts";
import { ValueGuard } from "./values.ts";
import type { ValueOptions } from "./values.ts";

export class MVRegister<V> extends CausalStore<V> {
  readonly #guard: ValueGuard<V>;

  constructor(options: ValueOptions<V>) {
    super(options);
    this.#guard = new ValueGuard(options.value, this.limits.maxValueBytes);
  }

  /** None before anything was set, one usually, several after a conflict; everywhere in the same order. */
  values(): readonly V[] {
    return this.siblings("").map(({ value }) => value as V);
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_MESSAGE_TOO_LARGE` */
  set(value: V): Delta<V> {
    this.#guard.check(value);
    return this.replace("", value);
  }
}
