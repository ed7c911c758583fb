/**
 * A tenant that does as it is told and tells all that it hears: what the simulator's own tests host.
 */
import { channel, later, NEVER } from "../../kernel/index.ts";
import type {
  Address,
  Command,
  ExchangeId,
  Instant,
  Message,
  MessageType,
  NodeEvent,
  Rng,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";
import type { NodeSpec } from "../node-spec.ts";
import { World } from "../world.ts";
import type { WorldOptions } from "../world-options.ts";

export interface Note extends Message {
  readonly type: "note";
  readonly n: number;
}

const NOTE: MessageType<Note> = {
  type: "note",
  prefix: [8, 0x74, 0],
  sizeOf: () => 7,
  encodeInto(message, target, offset) {
    target.set(this.prefix, offset);
    new DataView(target.buffer, target.byteOffset).setUint32(offset + 3, message.n);
    return offset + 7;
  },
  decode: (bytes, start) => {
    return { type: "note", n: new DataView(bytes.buffer, bytes.byteOffset).getUint32(start) };
  },
};

export type ToyCommand =
  | { readonly type: "tell"; readonly to: Address; readonly n: number }
  /** Tells everybody in turn a random number, one each `ms` on average. */
  | { readonly type: "chat"; readonly with: readonly Address[]; readonly ms: number }
  /** Asks for a timeout in `ms`. */
  | { readonly type: "alarm"; readonly ms: number }
  | { readonly type: "dial"; readonly exchange: number; readonly to: Address }
  | { readonly type: "write"; readonly exchange: number; readonly bytes: Uint8Array }
  | { readonly type: "finish" | "abort"; readonly exchange: number };

export class ToyEvent implements NodeEvent {
  readonly type = "toy";
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class Toy implements Tenant<Note, ToyCommand> {
  readonly name = "toy";
  readonly wire: TenantWire<Note> = { channel: channel("t"), messages: [NOTE] };
  deadline: Instant = NEVER;
  #chat: { readonly with: readonly Address[]; readonly ms: number } | undefined;
  #turn = 0;

  handle(
    input: TenantInput<Note, ToyCommand>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<Note>,
  ): void {
    const say = (text: string): void => effects.notify(new ToyEvent(text));
    switch (input.type) {
      case "start":
        return say("starts");
      case "timeout":
        this.deadline = NEVER;
        if (this.#chat === undefined) return say("alarm");
        return this.#chatOn(now, rng, effects);
      case "message":
        return say(`note ${input.message.n} from ${input.from}`);
      case "command":
        return this.#obey(input.command, now, rng, effects);
      case "chunk":
        return say(`${input.exchange} chunk ${describe(input.bytes)}`);
      case "failed":
        return say(`${input.exchange} failed ${input.reason}`);
      case "accepted":
        return say(`${input.exchange} accepted from ${input.from}`);
      case "opened":
      case "writable":
      case "ended":
        return say(`${input.exchange} ${input.type}`);
      default:
    }
  }

  #obey(command: ToyCommand, now: Instant, rng: Rng, effects: TenantEffects<Note>): void {
    switch (command.type) {
      case "tell":
        return effects.sendTo(command.to, { type: "note", n: command.n });
      case "alarm":
        this.deadline = later(now, command.ms);
        return;
      case "chat":
        this.#chat = command;
        return this.#chatOn(now, rng, effects);
      case "dial":
        return effects.dial(command.exchange as ExchangeId, command.to);
      case "write":
        return effects.write(command.exchange as ExchangeId, command.bytes);
      default:
        return effects[command.type](command.exchange as ExchangeId);
    }
  }

  #chatOn(now: Instant, rng: Rng, effects: TenantEffects<Note>): void {
    const { with: others, ms } = this.#chat as { with: readonly Address[]; ms: number };
    const to = others[this.#turn++ % others.length] as Address;
    effects.sendTo(to, { type: "note", n: rng.below(1000) });
    this.deadline = later(now, 2 * ms * rng.unit());
  }
}

/** Short texts as they are, long ones by their length and first letter. */
function describe(bytes: Uint8Array): string {
  const letter = String.fromCharCode(bytes[0] as number);
  if (bytes.length > 20) return `${bytes.length} x ${letter}`;
  return String.fromCharCode(...bytes);
}

export const TOY: NodeSpec = { tenants: () => [new Toy() as Tenant<Message, Command>] };

export const letters = (text: string): Uint8Array => {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
};

/** A world of toys and the lines that they say: `12 b note 7 from 10.0.0.1:7946`. */
export class ToyWorld {
  readonly world: World;
  #read = 0;

  constructor(names: string, options: Partial<WorldOptions> = {}) {
    this.world = new World({ seed: 1, network: { latencyMs: 10 }, ...options });
    for (const name of names.split(" ")) this.world.add(name, TOY);
    this.lines();
  }

  do(name: string, command: ToyCommand): void {
    this.world.command(name, "toy", command);
  }

  tell(from: string, to: string, n: number): void {
    this.do(from, { type: "tell", to: this.world.addressOf(to), n });
  }

  dial(from: string, to: string, exchange = 1): void {
    this.do(from, { type: "dial", exchange, to: this.world.addressOf(to) });
  }

  write(name: string, text: string, exchange = 1): void {
    this.do(name, { type: "write", exchange, bytes: letters(text) });
  }

  finish(name: string, exchange = 1): void {
    this.do(name, { type: "finish", exchange });
  }

  abort(name: string, exchange = 1): void {
    this.do(name, { type: "abort", exchange });
  }

  /** All nodes tell each other random numbers. */
  chat(ms = 20): void {
    for (const name of this.world.names) {
      const others = this.world.names.filter((other) => other !== name);
      this.do(name, { type: "chat", with: others.map((other) => this.world.addressOf(other)), ms });
    }
  }

  /** Runs for `ms`, then what was said since the last look. */
  after(ms: number): string[] {
    this.world.run(ms);
    return this.lines();
  }

  lines(): string[] {
    const events = this.world.events.slice(this.#read);
    this.#read = this.world.events.length;
    return events.map(({ at, node, event }) => `${at} ${node} ${(event as ToyEvent).text}`);
  }
}
