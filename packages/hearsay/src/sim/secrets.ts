/**
 * What the nodes of a world put around their packets and streams: keys, labels, programs of another age.
 *
 *     cluster … key=k1 label=dc1     everybody has this key and this label
 *     install, use, remove           a rotation, node by node, as an operator does it; the production's keyring
 *     only, label                    another key, another label, none: a node that does not belong, or an operator's mistake
 *
 * What a node holds outlives a restart, as a file with keys does. Packets of a world with keys or labels always travel
 * as bytes.
 * @module
 */
import { HearsayError, optionError } from "../kernel/index.ts";
import type { NodeEnvelopes } from "./node-spec.ts";
import { keyOf, MAX_LABEL_BYTES, NodeSecrets } from "./node-secrets.ts";
import type { Holding } from "./node-secrets.ts";

export type { Holding } from "./node-secrets.ts";

export interface SecretCounts {
  /** Times that a node's keys have changed. */
  readonly rekeyed: number;
  /** Times that a node's label has changed. */
  readonly relabelled: number;
}

/** Told of every datagram whose envelope a node has tried to open, and whether it could. */
export type OnOpened = (node: string, datagram: Uint8Array, isOpened: boolean) => void;

export class Secrets {
  readonly #first: Holding;
  readonly #nodes = new Map<string, NodeSecrets>();
  readonly #counts = { rekeyed: 0, relabelled: 0 };
  onOpened: OnOpened | undefined;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(key: string, label: string) {
    if (key !== "") keyOf(key);
    this.#first = { keys: new Set(key === "" ? [] : [key]), label: checkLabel(label) };
  }

  /** Whether there is anything around packets and streams but a checksum. */
  get isOn(): boolean {
    return this.#first.keys.size > 0 || this.#first.label !== "";
  }

  /** Times that a node's keys or label have changed. */
  get changes(): number {
    return this.#counts.rekeyed + this.#counts.relabelled;
  }

  get counts(): SecretCounts {
    return { ...this.#counts };
  }

  envelopesOf(node: string): NodeEnvelopes {
    const report = (datagram: Uint8Array, isOpened: boolean): void => {
      this.onOpened?.(node, datagram, isOpened);
    };
    const secrets = new NodeSecrets(this.#nodes.size, this.#first, this.isOn, report);
    this.#nodes.set(node, secrets);
    return { packets: secrets.packets, streams: secrets.streams };
  }

  holdingOf(node: string): Holding {
    return this.#of(node);
  }

  /** The node starts with a program that speaks this version of memberlist's protocol. */
  started(node: string, protocol: number): void {
    this.#of(node).speak(protocol);
  }

  /** Adds a key to read with. */
  install(node: string, key: string): void {
    this.#change(node, (held) => held.install(key));
  }

  /** From here on this key seals. @throws HearsayError `ERR_KEY` unless it is installed */
  use(node: string, key: string): void {
    this.#change(node, (held) => held.use(key));
  }

  /** @throws HearsayError `ERR_KEY` for the one that seals */
  remove(node: string, key: string): void {
    this.#change(node, (held) => held.remove(key));
  }

  /** These keys and no others; the first seals. Without any nothing is sealed, and nothing sealed is read. */
  only(node: string, keys: readonly string[]): void {
    this.#change(node, (held) => held.only(keys));
  }

  /** Another label, or none. */
  label(node: string, label: string): void {
    this.#demand();
    this.#of(node).relabel(checkLabel(label));
    this.#counts.relabelled++;
  }

  #change(node: string, change: (held: NodeSecrets) => void): void {
    this.#demand();
    change(this.#of(node));
    this.#counts.rekeyed++;
  }

  #demand(): void {
    if (this.isOn) return;
    const expected = "a cluster with a key or a label, such as cluster a b key=k1";
    throw optionError("key", expected, "one without");
  }

  #of(node: string): NodeSecrets {
    const secrets = this.#nodes.get(node);
    if (secrets !== undefined) return secrets;
    throw new HearsayError("ERR_OPTION", `no node is named ${JSON.stringify(node)}`, {
      option: "name",
      expected: "the name of a node",
      received: node,
    });
  }
}

function checkLabel(label: string): string {
  if (label.length > MAX_LABEL_BYTES || !/^[\w-]*$/.test(label)) {
    throw optionError("label", `at most ${MAX_LABEL_BYTES} letters, digits, - and _`, label);
  }
  return label;
}
