/**
 * Datagrams over UDP.
 *
 *     send ──▶ a slot of the pool ──▶ node:dgram ──▶ system
 *                  ▲                     │ callback
 *                  └─────── free ◀───────┘
 *
 * `node:dgram` keeps the buffer until its callback, so each datagram is copied into a slot. Slots are
 * limited: what finds none is lost and counted. Nothing is ever sent from a callback, because a chain of
 * those starves the loop.
 *
 * Gotchas: the system loses datagrams too. On Linux `net.core.rmem_max` caps the receive buffer at 208 KiB
 * unless raised (see `receiveBufferBytes`), and no error says so.
 * @see Node's documentation of `node:dgram`
 * @module
 */
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { addressHost, addressPort, checkInteger, parseAddress } from "../kernel/index.ts";
import type { Address } from "../kernel/index.ts";
import type { DatagramListener, DatagramTransport } from "../runtime/index.ts";
import { familyOf, socketHost, toAddress } from "./socket-address.ts";
import type { Family } from "./socket-address.ts";
import { bindError, stateError, systemCode } from "./socket-error.ts";
import { Troubles } from "./troubles.ts";

export interface UdpOptions {
  /** `ip:port`; port 0 takes a free one. IPv6 takes IPv6 alone, `[::]` too. */
  readonly bind: string;
  /**
   * Datagrams handed to the system and not yet taken by it; beyond, they are lost and counted as
   * `sendsInFlight`. @default 1024
   */
  readonly maxSendsInFlight?: number;
  /**
   * Wanted size of the system's receive buffer; halved until the system agrees. The default holds
   * some 3,600 datagrams of 1,400 bytes, the system's usual one 90. @default 4 MiB
   */
  readonly receiveBufferBytes?: number;
}

const DEFAULT_SENDS_IN_FLIGHT = 1_024;
const DEFAULT_RECEIVE_BUFFER = 4 << 20;
const LEAST_RECEIVE_BUFFER = 64 << 10;
/** Memory that a slot keeps; larger datagrams get their own for the time of the send. */
const SLOT_BYTES = 2_048;

export class UdpDatagrams implements DatagramTransport {
  readonly #at: Address;
  readonly #family: Family;
  readonly #maxSends: number;
  readonly #wantedBuffer: number;
  readonly #troubles = new Troubles((error) => this.#listener?.trouble(error));
  readonly #freeSlots: SendSlot[] = [];
  #slots = 0;
  #state: "fresh" | "binding" | "bound" | "closed" = "fresh";
  #socket: Socket | undefined;
  /** Set while something may be delivered. */
  #listener: DatagramListener | undefined;
  #receiveBuffer = 0;
  #closing: Promise<void> | undefined;

  /** @throws HearsayError `ERR_ADDRESS` or `ERR_OPTION` */
  constructor(options: UdpOptions) {
    this.#at = parseAddress(options.bind);
    this.#family = familyOf(this.#at);
    this.#maxSends = options.maxSendsInFlight ?? DEFAULT_SENDS_IN_FLIGHT;
    this.#wantedBuffer = options.receiveBufferBytes ?? DEFAULT_RECEIVE_BUFFER;
    checkInteger("maxSendsInFlight", this.#maxSends, 1, 1 << 20);
    checkInteger("receiveBufferBytes", this.#wantedBuffer, LEAST_RECEIVE_BUFFER, 1 << 30);
  }

  /** What was not sent or went wrong: system codes, `sendsInFlight`, `wrongFamily`, … */
  get troubles(): ReadonlyMap<string, number> {
    return this.#troubles.counts;
  }

  /** What the system granted, as it counts (Linux: twice what was asked); 0 before `bind`. */
  get receiveBufferBytes(): number {
    return this.#receiveBuffer;
  }

  async bind(listener: DatagramListener): Promise<Address> {
    if (this.#state !== "fresh") throw stateError(this.#state);
    this.#state = "binding";
    const socket = createSocket({
      type: this.#family === 4 ? "udp4" : "udp6",
      ipv6Only: this.#family === 6,
      // Addresses are IPs already; asking the system's resolver would cost a fifth of each send.
      lookup: (host, _options, callback) => callback(null, host, this.#family),
    });
    this.#socket = socket;
    try {
      await listening(socket, this.#at);
    } catch (error) {
      await this.close();
      throw bindError(error, "UDP", this.#at);
    }
    if (this.#state !== "binding") throw stateError(this.#state);
    const { address, port } = socket.address();
    const bound = toAddress(address, port) as Address;
    socket.on("error", (error) => this.#noteError(error));
    socket.on("message", (bytes, { address: host, port: source }) => {
      const from = toAddress(host, source);
      if (from !== undefined) this.#listener?.datagram(from, bytes);
    });
    this.#state = "bound";
    this.#listener = listener;
    this.#growReceiveBuffer(socket);
    return bound;
  }

  send(to: Address, bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || this.#state !== "bound") return;
    const host = socketHost(to, this.#family);
    if (host === undefined) {
      const rule = `the socket is IPv${this.#family}`;
      this.#troubles.note("wrongFamily", "ERR_SEND", () => `a datagram to ${to}: ${rule}`);
      return;
    }
    const slot = this.#freeSlots.pop() ?? this.#newSlot();
    if (slot === undefined) {
      const rule = `${this.#maxSends} are on their way already (maxSendsInFlight)`;
      this.#troubles.note("sendsInFlight", "ERR_SEND", () => `a datagram to ${to}: ${rule}`);
      return;
    }
    slot.send(socket, to, host, bytes);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#state = "closed";
      this.#listener = undefined;
      if (this.#socket === undefined) resolve();
      else this.#socket.close(resolve);
    });
    return this.#closing;
  }

  #newSlot(): SendSlot | undefined {
    if (this.#slots >= this.#maxSends) return undefined;
    this.#slots++;
    return new SendSlot((slot, error) => {
      this.#freeSlots.push(slot);
      if (error !== undefined && this.#state === "bound") this.#noteSendError(error, slot.to);
    });
  }

  #noteSendError(error: unknown, to: Address): void {
    const code = systemCode(error);
    const meaning = SEND_ERRORS[code] ?? (error instanceof Error ? error.message : String(error));
    const describe = (): string => `a datagram to ${to} was not sent: ${meaning} (${code})`;
    this.#troubles.note(code, "ERR_SEND", describe, error);
  }

  #noteError(error: unknown): void {
    const code = systemCode(error);
    const describe = (): string => `the UDP socket at ${this.#at} reports ${code}`;
    this.#troubles.note(code, "ERR_SOCKET", describe, error);
  }

  /** Linux grants less without a word; BSD and macOS refuse what is above their limit. */
  #growReceiveBuffer(socket: Socket): void {
    for (let size = this.#wantedBuffer; size >= LEAST_RECEIVE_BUFFER; size >>= 1) {
      try {
        socket.setRecvBufferSize(size);
        break;
      } catch (error) {
        const wanted = `a receive buffer of ${size} bytes was refused; bursts may be lost`;
        this.#troubles.note("receiveBuffer", "ERR_SOCKET", () => wanted, error);
      }
    }
    this.#receiveBuffer = socket.getRecvBufferSize();
  }
}

const SEND_ERRORS: Readonly<Record<string, string>> = {
  EMSGSIZE: "it is too large",
  ENETUNREACH: "there is no route to that network",
  EHOSTUNREACH: "there is no route to that host",
  ECONNREFUSED: "nobody listens there",
  EACCES: "the system forbids it (broadcast, or a firewall)",
  EPERM: "the system forbids it (a firewall)",
  ENOBUFS: "the system has no room for it",
};

/** One datagram on its way; it is used again and again, with the one callback that it was born with. */
class SendSlot {
  readonly #free: (slot: SendSlot, error: unknown) => void;
  readonly #memory = Buffer.allocUnsafeSlow(SLOT_BYTES);
  to = "" as Address;

  constructor(free: (slot: SendSlot, error: unknown) => void) {
    this.#free = free;
  }

  send(socket: Socket, to: Address, host: string, bytes: Uint8Array): void {
    this.to = to;
    const length = bytes.length;
    let memory: Uint8Array = this.#memory;
    if (length > SLOT_BYTES) memory = new Uint8Array(bytes);
    else memory.set(bytes);
    try {
      socket.send(memory, 0, length, addressPort(to), host, this.#done);
    } catch (error) {
      this.#done(error);
    }
  }

  readonly #done = (error: unknown): void => this.#free(this, error ?? undefined);
}

function listening(socket: Socket, at: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for good: after the first settling it does nothing, and no error is left unheard.
    socket.on("error", reject);
    // Exclusive: in a cluster's workers a node would else share its socket with its siblings.
    socket.bind({ address: addressHost(at), port: addressPort(at), exclusive: true }, resolve);
  });
}
