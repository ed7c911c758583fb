/**
 * The hosts of a world, by name and by address.
 * @module
 */
import { PeerTable } from "../composition/index.ts";
import { HearsayError } from "../kernel/index.ts";
import type { Address, Saved } from "../kernel/index.ts";
import { AddressBook } from "./address-book.ts";
import type { FirstNodeCounts } from "./node-counts.ts";
import type { VirtualHost } from "./virtual-host.ts";

export class Hosts {
  readonly #byName = new Map<string, VirtualHost>();
  readonly #book = new AddressBook<VirtualHost>();
  readonly #counts: FirstNodeCounts;

  constructor(counts: FirstNodeCounts) {
    this.#counts = counts;
  }

  get size(): number {
    return this.#byName.size;
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  get all(): readonly VirtualHost[] {
    return [...this.#byName.values()];
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** @throws HearsayError `ERR_OPTION` */
  get(name: string): VirtualHost {
    const host = this.#byName.get(name);
    if (host !== undefined) return host;
    throw new HearsayError("ERR_OPTION", `no node is named ${JSON.stringify(name)}`, {
      option: "name",
      expected: "the name of a node",
      received: name,
    });
  }

  at(address: Address): VirtualHost | undefined {
    return this.#book.at(address);
  }

  /** Makes sure that an address can be had. @throws HearsayError `ERR_ADDRESS_IN_USE` */
  claim(address: Address): void {
    if (this.#book.check(address) === "takenOver") this.#counts.takenOver++;
  }

  /** A new host, at an address that was claimed. */
  enter(host: VirtualHost): void {
    this.#byName.set(host.name, host);
    this.#book.enter(host.address, host);
  }

  /** From here on a host that is down lives elsewhere. @throws HearsayError `ERR_ADDRESS_IN_USE` */
  move(host: VirtualHost, home: Address): void {
    if (this.#book.at(home) === host) return;
    this.claim(home);
    this.#book.leave(host.address, host);
    this.#book.enter(home, host);
  }

  /** From here on others see a host elsewhere, or at its own address. @throws HearsayError `ERR_ADDRESS_IN_USE` */
  rewrite(host: VirtualHost, seenAs: Address = host.address): void {
    const isOwn = seenAs === host.address;
    if (!isOwn && this.#book.at(seenAs) !== host) this.claim(seenAs);
    if (host.seenAs !== host.address) this.#book.leave(host.seenAs, host);
    host.rewrite(seenAs);
    if (!isOwn) this.#book.enter(seenAs, host);
  }

  /** Lets fresh machines go on in the place of those that are up: see `World.renew`. */
  renew(through: <T extends Saved>(saved: T) => T, shared: PeerTable | undefined): void {
    const tables = new Map<PeerTable, PeerTable>();
    const up = this.all.filter(({ alive }) => alive);
    const restores = up.map((host) => {
      const peers = shared ?? new PeerTable();
      tables.set(host.peers as PeerTable, peers);
      return host.renew(peers, through);
    });
    for (const [old, fresh] of tables) fresh.restore(through(old.save()));
    for (const restore of restores) restore();
    this.#counts.renewed += up.length;
  }
}
