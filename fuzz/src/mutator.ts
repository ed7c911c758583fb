/**
 * Makes inputs of inputs: the same seed, the same inputs.
 * @module
 */
import { Sfc32 } from "hearsay/kernel";
import { MAX_INPUT_BYTES, mutateBytes } from "./byte-mutations.ts";
import { vocabularyOf } from "./msgpack-mutations.ts";
import { mutatePacket } from "./packet-mutations.ts";
import { mutateText } from "./text-mutations.ts";

/** What an input is made of. */
export type Shape = "packet" | "text" | "bytes";

/** Changes in one input, at most. */
const MAX_CHANGES = 4;

export class Mutator {
  readonly #rng: Sfc32;
  readonly #shape: Shape;
  readonly #inputs: Uint8Array[];
  readonly #words: readonly Uint8Array[];

  constructor(seed: number, shape: Shape, seeds: readonly Uint8Array[]) {
    this.#rng = new Sfc32(seed);
    this.#shape = shape;
    this.#inputs = [...seeds];
    this.#words = vocabularyOf(seeds);
  }

  /** Inputs that others are made of. */
  get size(): number {
    return this.#inputs.length;
  }

  /** From here on others are made of this one, too. */
  learn(input: Uint8Array): void {
    this.#inputs.push(input);
  }

  next(): Uint8Array {
    const rng = this.#rng;
    const material = { inputs: this.#inputs, words: this.#words };
    let input = this.#choose();
    for (let left = 1 + rng.below(MAX_CHANGES); left > 0; left--) {
      if (this.#shape === "packet") input = mutatePacket(input, material, rng);
      else if (this.#shape === "text") input = mutateText(input, this.#inputs, rng);
      else input = mutateBytes(input, this.#inputs, rng);
    }
    return input.length > MAX_INPUT_BYTES ? input.slice(0, MAX_INPUT_BYTES) : input;
  }

  /** The latest have found something new, and are worth more tries. */
  #choose(): Uint8Array {
    const { length } = this.#inputs;
    const latest = Math.min(length, 32);
    const at =
      this.#rng.below(3) === 0 ? length - 1 - this.#rng.below(latest) : this.#rng.below(length);
    return this.#inputs[at] as Uint8Array;
  }
}
