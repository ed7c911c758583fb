/**
 * Who lives where, and where others see them.
 *
 *     address          whose process listens there, or listened there last
 *     seen as          a second address, where it is rewritten on the way
 *
 * The address of a node that is down can be taken by another; one that lives keeps it.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";

/** Somebody with an address. */
export interface Inhabitant {
  readonly address: Address;
  readonly seenAs: Address;
  readonly alive: boolean;
}

export class AddressBook<T extends Inhabitant> {
  readonly #inhabitants = new Map<Address, T>();

  at(address: Address): T | undefined {
    return this.#inhabitants.get(address);
  }

  /**
   * Whether an address can be had, and if so, whether from somebody who is down.
   * @throws HearsayError `ERR_ADDRESS_IN_USE`
   */
  check(address: Address): "free" | "takenOver" {
    const holder = this.#inhabitants.get(address);
    if (holder === undefined) return "free";
    if (!holder.alive && holder.address === address) return "takenOver";
    throw new HearsayError("ERR_ADDRESS_IN_USE", `a node lives at ${address} already`, {
      option: "address",
      received: address,
    });
  }

  enter(address: Address, inhabitant: T): void {
    this.#inhabitants.set(address, inhabitant);
  }

  /** Strikes an address out, if it is still theirs. */
  leave(address: Address, inhabitant: T): void {
    if (this.#inhabitants.get(address) === inhabitant) this.#inhabitants.delete(address);
  }
}
