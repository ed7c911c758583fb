/**
 * What one node puts around its packets and streams, and can change while they are under way.
 *
 *     label [ sealed [ checksum [ packet ] ] ]        each of them or not, as it is just now
 *
 * @module
 */
import {
  crc32,
  Keyring,
  LabelledEnvelope,
  labelBytes,
  NO_BYTES,
  PAYLOAD_HEAD_BYTES,
  PlainEnvelope,
  SealedEnvelope,
  StreamEnvelope,
  TAG_BYTES,
  TYPE_BYTE,
} from "../codec/index.ts";
import type { Envelope, LabelRule, Sealing, StreamRole, WrappedStream } from "../codec/index.ts";
import { DecodeError, optionError } from "../kernel/index.ts";
import { CountedNonces, virtualAead } from "./virtual-aead.ts";

/** What one node holds, by the names of the keys. */
export interface Holding {
  /** None: it seals nothing, and reads what is not sealed. */
  readonly keys: ReadonlySet<string>;
  /** Empty for none. */
  readonly label: string;
}

/** Told of every datagram whose envelope was tried, and whether it could be opened. */
export type Report = (datagram: Uint8Array, isOpened: boolean) => void;

const KEY_BYTES = 32;
export const MAX_LABEL_BYTES = 16;
/** The first version of memberlist's protocol that reads checksums. */
const READS_CHECKSUMS = 5;

export class NodeSecrets implements Holding {
  readonly packets: SwitchedEnvelope;
  readonly streams: SwitchedStreams;
  readonly #nonces: CountedNonces;
  #keys: Set<string>;
  #keyring: Keyring | undefined;
  #label: string;
  #protocol = READS_CHECKSUMS;

  constructor(index: number, { keys, label }: Holding, isOn: boolean, report: Report) {
    this.#nonces = new CountedNonces(index);
    this.#keys = new Set(keys);
    this.#keyring = ringOf([...keys]);
    this.#label = label;
    this.packets = new SwitchedEnvelope(isOn, report);
    this.streams = new SwitchedStreams(isOn);
    this.#wrap();
  }

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  get label(): string {
    return this.#label;
  }

  speak(protocol: number): void {
    if (protocol === this.#protocol) return;
    this.#protocol = protocol;
    this.#wrap();
  }

  install(key: string): void {
    if (this.#keyring === undefined) return this.only([key]);
    this.#keyring.install(keyOf(key));
    this.#keys.add(key);
  }

  use(key: string): void {
    if (this.#keyring === undefined) return this.only([key]);
    this.#keyring.use(keyOf(key));
  }

  remove(key: string): void {
    this.#keyring?.remove(keyOf(key));
    this.#keys.delete(key);
  }

  only(keys: readonly string[]): void {
    this.#keyring = ringOf(keys);
    this.#keys = new Set(keys);
    this.#wrap();
  }

  relabel(label: string): void {
    this.#label = label;
    this.#wrap();
  }

  #wrap(): void {
    const label = this.#label === "" ? NO_BYTES : labelBytes(this.#label);
    const rule: LabelRule = { label, skipInboundCheck: false };
    const keyring = this.#keyring;
    const sealing: Sealing | undefined =
      keyring === undefined
        ? undefined
        : { keyring, nonces: this.#nonces, version: 1, verifyIncoming: true, verifyOutgoing: true };
    const plain = this.#protocol < READS_CHECKSUMS ? new OldEnvelope() : new PlainEnvelope(crc32);
    const inner = sealing === undefined ? plain : new SealedEnvelope(sealing, label, plain);
    this.packets.turnTo(label.length === 0 ? inner : new LabelledEnvelope(rule, inner));
    this.streams.turnTo(new StreamEnvelope(rule, sealing));
  }
}

/** What a program of before checksums does with one. */
class OldEnvelope extends PlainEnvelope {
  constructor() {
    super(crc32);
  }

  override open(datagram: Uint8Array): Uint8Array {
    if (datagram[0] === TYPE_BYTE.crc) throw new DecodeError("unsupported", "a checksum");
    return super.open(datagram);
  }
}

/** The envelope of a node, whatever it is just now. */
class SwitchedEnvelope implements Envelope {
  readonly headroomBytes: number;
  readonly overheadBytes: number;
  readonly #report: Report;
  #inner: Envelope = new PlainEnvelope(crc32);

  /** Where things change there must be room for the largest. */
  constructor(isOn: boolean, report: Report) {
    const largest = isOn ? largestEnvelope() : this.#inner;
    this.headroomBytes = largest.headroomBytes;
    this.overheadBytes = largest.overheadBytes;
    this.#report = report;
  }

  turnTo(envelope: Envelope): void {
    this.#inner = envelope;
  }

  sizeOf(packetBytes: number, checksum: boolean): number {
    return this.#inner.sizeOf(packetBytes, checksum);
  }

  open(datagram: Uint8Array): Uint8Array {
    let isOpened = false;
    try {
      const packet = this.#inner.open(datagram);
      isOpened = true;
      return packet;
    } finally {
      this.#report(datagram, isOpened);
    }
  }

  seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array {
    return this.#inner.seal(buffer, start, end, checksum);
  }
}

/** The same for streams: each has the envelope of the time at which it began. */
class SwitchedStreams extends StreamEnvelope {
  readonly #isOn: boolean;
  #inner: StreamEnvelope = new StreamEnvelope();

  constructor(isOn: boolean) {
    super();
    this.#isOn = isOn;
  }

  override get isPlain(): boolean {
    return !this.#isOn;
  }

  turnTo(envelope: StreamEnvelope): void {
    this.#inner = envelope;
  }

  override begin(role: StreamRole): WrappedStream {
    return this.#inner.begin(role);
  }
}

function largestEnvelope(): Envelope {
  const label = labelBytes("x".repeat(MAX_LABEL_BYTES));
  const keyring = ringOf(["any"]) as Keyring;
  const nonces = new CountedNonces(0);
  const how = { keyring, nonces, version: 1, verifyIncoming: true, verifyOutgoing: true } as const;
  const inner = new SealedEnvelope(how, label, new PlainEnvelope(crc32));
  return new LabelledEnvelope({ label, skipInboundCheck: false }, inner);
}

function ringOf(keys: readonly string[]): Keyring | undefined {
  return keys.length === 0 ? undefined : new Keyring(virtualAead, keys.map(keyOf));
}

/** The bytes of the key that goes by this name. @throws HearsayError `ERR_OPTION` */
export function keyOf(name: string): Uint8Array {
  if (!/^[\w-]{1,32}$/.test(name)) {
    throw optionError("key", "a name of 1 to 32 letters, digits, - and _", name);
  }
  const bytes = new Uint8Array(KEY_BYTES);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

/** Whether a payload was sealed with the key of this name. */
export function sealedWith(key: string, payload: Uint8Array, label: string): boolean {
  const from = PAYLOAD_HEAD_BYTES;
  const end = payload.length - TAG_BYTES;
  if (end < from || payload[0] !== 1) return false;
  const aad = label === "" ? NO_BYTES : labelBytes(label);
  return virtualAead.importKey(keyOf(key)).open(payload, from, end, aad) !== undefined;
}
