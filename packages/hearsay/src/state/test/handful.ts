/**
 * A handful of nodes that have state, by hand: what one sends arrives encoded, at once and in order, unless it is lost.
 */
import { PeerTable } from "../../composition/index.ts";
import {
  encode,
  invariant,
  NEVER,
  NO_PEER,
  parseAddress,
  parseChannels,
  RecordedEffects,
  Sfc32,
  shuffle,
} from "../../kernel/index.ts";
import type {
  Address,
  ChannelSet,
  ExchangeId,
  Instant,
  MessageType,
  NodeSignal,
  PeerId,
  TenantInput,
} from "../../kernel/index.ts";
import type { StateConfig } from "../config.ts";
import type { StateChanged, StateCommand } from "../events.ts";
import { ThreeWayExchange } from "../three-way-exchange.ts";
import type { StateMessage } from "../wire.ts";

export interface Sent {
  readonly from: string;
  readonly to: string;
  readonly message: StateMessage;
  readonly bytes: number;
}

interface Node {
  readonly name: string;
  readonly address: Address;
  readonly peers: PeerTable;
  readonly machine: ThreeWayExchange;
  /** Names that it holds for alive. */
  readonly live: Set<string>;
}

export const EPOCH = 1_700_000_000;

export class Handful {
  readonly sent: Sent[] = [];
  readonly events: (StateChanged & { readonly at: string })[] = [];
  readonly drops: Record<string, number> = {};
  readonly streamed: { readonly from: string; readonly to: string; bytes: number }[] = [];
  readonly #nodes = new Map<string, Node>();
  readonly #rng = new Sfc32(7);
  readonly #config: Partial<StateConfig>;
  /** Whether a message is lost. */
  loses: (from: string, to: string) => boolean = () => false;
  now = 0 as Instant;

  constructor(names: string, config: Partial<StateConfig> = {}) {
    this.#config = { eagerMs: config.intervalMs ?? 200, versionsBelow: 0, ...config };
    for (const name of names) this.add(name);
  }

  add(name: string, epoch = EPOCH, introduce = true): void {
    const address = parseAddress(`10.0.0.${name.charCodeAt(0)}:7946`);
    const peers = new PeerTable();
    const live = new Set<string>();
    const machine = new ThreeWayExchange({
      name,
      epoch,
      peers,
      sampler: {
        get size() {
          return live.size;
        },
        sample: (count, _except, rng) => {
          const all = [...live].map((other) => this.peer(name, other));
          shuffle(all, rng);
          return all.slice(0, count);
        },
      },
      config: this.#config,
    });
    this.#nodes.set(name, { name, address, peers, machine, live });
    this.put(name, { type: "start", channels: 0 as ChannelSet });
    if (!introduce) return;
    for (const other of this.#nodes.keys()) {
      if (other === name) continue;
      this.up(name, other);
      this.up(other, name);
    }
  }

  machine(name: string): ThreeWayExchange {
    return this.#node(name).machine;
  }

  peer(at: string, name: string): PeerId {
    const { peers } = this.#node(at);
    const peer = peers.intern(name, parseAddress(`10.0.0.${name.charCodeAt(0)}:7946`));
    peers.setChannels(peer, parseChannels("s"));
    return peer;
  }

  up(at: string, name: string): void {
    this.#node(at).live.add(name);
    this.signal(at, { type: "peerUp", peer: this.peer(at, name) });
  }

  down(at: string, name: string, reason: "failed" | "left" | "forgotten" = "failed"): void {
    this.#node(at).live.delete(name);
    this.signal(at, { type: "peerDown", peer: this.peer(at, name), reason });
  }

  /** Gone, and nobody has noticed. */
  remove(name: string): void {
    this.#nodes.delete(name);
  }

  signal(at: string, signal: NodeSignal): void {
    this.put(at, { type: "signal", signal });
  }

  set(at: string, key: string, value: string | Uint8Array, ttlMs = 0): void {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    this.command(at, { type: "set", key, value: bytes, ttlMs });
  }

  command(at: string, command: StateCommand): void {
    this.put(at, { type: "command", command });
  }

  /** What `at` reads of a member: `key=value`, in order of the writes. */
  read(at: string, member: string): string {
    const rows = this.machine(at).of(member, this.now);
    return rows.map(({ key, value }) => `${key}=${new TextDecoder().decode(value)}`).join(" ");
  }

  /** Time passes. */
  run(ms: number): void {
    const end = (this.now + ms) as Instant;
    for (;;) {
      let first: Node | undefined;
      for (const node of this.#nodes.values()) {
        if (node.machine.deadline < (first?.machine.deadline ?? NEVER)) first = node;
      }
      if (first === undefined || first.machine.deadline > end) break;
      this.now = Math.max(this.now, first.machine.deadline) as Instant;
      this.put(first.name, { type: "timeout" });
    }
    this.now = end;
  }

  hears(at: string, from: string, message: StateMessage): void {
    const peer = from === "?" ? NO_PEER : this.peer(at, from);
    const address = parseAddress(`10.0.0.${from.charCodeAt(0)}:7946`);
    this.put(at, { type: "message", message, from: address, peer, carrier: "datagram" });
  }

  put(name: string, input: TenantInput<StateMessage, StateCommand>): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    const effects = new RecordedEffects<StateMessage>();
    node.machine.handle(input, this.now, this.#rng, effects);
    for (const effect of effects.take()) {
      switch (effect.type) {
        case "send":
          this.#deliver(node, effect.peer, effect.message);
          break;
        case "notify":
          if (effect.event.type === "stateChanged") {
            this.events.push({ ...(effect.event as StateChanged), at: name });
          }
          break;
        case "drop":
          this.drops[effect.reason] = (this.drops[effect.reason] ?? 0) + 1;
          break;
        case "dial":
          this.#stream(node, effect.exchange, effect.to);
          break;
        case "abort":
        case "write":
        case "finish":
          // Of a stream that a test plays by hand.
          break;
        default:
          throw new Error(`${effect.type} is not expected of ${name}`);
      }
    }
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    invariant(node !== undefined, `no node ${name}`);
    return node;
  }

  #deliver({ name, peers }: Node, to: PeerId, message: StateMessage): void {
    const receiver = peers.nameOf(to);
    const type = this.machine(name).wire.messages.find((one) => one.type === message.type);
    const { prefix } = type as MessageType<StateMessage>;
    const bytes = encode(type as MessageType<StateMessage>, message);
    this.sent.push({ from: name, to: receiver, message, bytes: bytes.length });
    if (this.loses(name, receiver) || !this.#nodes.has(receiver)) return;
    const decoded = (type as MessageType<StateMessage>).decode(bytes, prefix.length, bytes.length);
    this.hears(receiver, name, decoded);
  }

  /** A whole exchange over a stream, both sides in turn. */
  #stream(dialer: Node, exchange: ExchangeId, to: Address): void {
    const accepted = -exchange as ExchangeId;
    const acceptor = [...this.#nodes.values()].find(({ address }) => address === to);
    if (acceptor === undefined || this.loses(dialer.name, acceptor.name)) {
      return this.put(dialer.name, { type: "failed", exchange, reason: "refused" });
    }
    const log = { from: acceptor.name, to: dialer.name, bytes: 0 };
    this.streamed.push(log);
    const effects = new RecordedEffects<StateMessage>();
    const at = (node: Node, input: TenantInput<StateMessage, StateCommand>): void => {
      node.machine.handle(input, this.now, this.#rng, effects);
    };
    at(acceptor, { type: "accepted", exchange: accepted, from: dialer.address });
    at(dialer, { type: "opened", exchange });
    let side: Node = acceptor;
    for (let turn = 0; turn < 10_000; turn++) {
      const effectsNow = effects.take();
      if (effectsNow.length === 0) break;
      for (const effect of effectsNow) {
        const isReply = "exchange" in effect && effect.exchange === accepted;
        const reader = isReply ? dialer : acceptor;
        const id = isReply ? exchange : accepted;
        if (effect.type === "write") {
          if (isReply) log.bytes += effect.bytes.length;
          // In two halves, because streams keep no borders.
          const half = effect.bytes.length >> 1;
          for (const bytes of [effect.bytes.subarray(0, half), effect.bytes.subarray(half)]) {
            at(reader, { type: "chunk", exchange: id, bytes });
          }
          side = isReply ? acceptor : dialer;
          at(side, { type: "writable", exchange: effect.exchange });
        } else if (effect.type === "finish") at(reader, { type: "ended", exchange: id });
        else if (effect.type === "notify" && effect.event.type === "stateChanged") {
          this.events.push({ ...(effect.event as StateChanged), at: dialer.name });
        } else if (effect.type === "drop") {
          this.drops[effect.reason] = (this.drops[effect.reason] ?? 0) + 1;
        }
      }
    }
  }
}
