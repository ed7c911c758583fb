/**
 * How many streams of events may be open at a time.
 * @module
 */
import { ApiError } from "./errors.ts";

export class StreamSlots {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes a place; the returned function gives it back, once.
   * @throws ApiError `ERR_TOO_MANY_STREAMS`
   */
  take(): () => void {
    if (this.#taken >= this.#most) {
      const message = `${this.#most} event streams are open already`;
      throw new ApiError("ERR_TOO_MANY_STREAMS", message);
    }
    this.#taken++;
    let held = true;
    return () => {
      if (held) this.#taken--;
      held = false;
    };
  }
}
