/**
 * The third tenant: a toy that uses everything a tenant can have, registered without a line changed in
 * `composition/` or `membership/`.
 *
 * - a timer: every `periodMs` it picks a live member;
 * - a datagram: it waves at that member, who waves back;
 * - an exchange: it asks the member for its name backwards, and gets it on the same stream;
 * - a link: it keeps one to the member and whispers the count of its rounds;
 * - news: it offers its greeting to ride on everybody's packets.
 */
import { bytes, channelMessage, decodeUtf8, encodeUtf8, text, uint32 } from "../../codec/index.ts";
import type { WireMessage } from "../../codec/index.ts";
import { channel, later, NO_PEER } from "../../kernel/index.ts";
import type {
  Command,
  ExchangeId,
  Instant,
  Message,
  NodeEvent,
  PeerId,
  PeerSampler,
  Peers,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../../kernel/index.ts";

interface Wave extends Message {
  readonly type: "wave" | "waveBack" | "whisper";
  readonly from: string;
  readonly round: number;
}

interface Greeting extends Message {
  readonly type: "greeting";
  readonly from: string;
  readonly words: Uint8Array | undefined;
}

type ToyMessage = Wave | Greeting;

const TOY = channel("t");

function wave(kind: number, type: Wave["type"]): WireMessage<Wave> {
  return channelMessage<Wave>(TOY, kind, type, { from: text(128), round: uint32() });
}

const GREETING: WireMessage<Greeting> = channelMessage<Greeting>(TOY, 4, "greeting", {
  from: text(128),
  words: bytes(64),
});

/** What the toy tells the application: one word for each thing that came. */
export interface ToyEvent extends NodeEvent {
  readonly type: "toy";
  readonly what: "wave" | "waveBack" | "whisper" | "greeting" | "answer" | "linkUp" | "linkDown";
  readonly from: string;
}

export class Toy implements Tenant<ToyMessage, Command> {
  readonly name = "toy";
  readonly wire: TenantWire<ToyMessage> = {
    channel: TOY,
    messages: [wave(1, "wave"), wave(2, "waveBack"), wave(3, "whisper"), GREETING],
  };
  deadline: Instant;
  readonly #name: string;
  readonly #peers: Peers;
  readonly #sampler: PeerSampler;
  readonly #periodMs: number;
  readonly #questions = new Map<ExchangeId, string>();
  readonly #answers = new Map<ExchangeId, string>();
  #linked = NO_PEER;
  #round = 0;

  constructor(name: string, peers: Peers, sampler: PeerSampler, periodMs: number, now: Instant) {
    this.#name = name;
    this.#peers = peers;
    this.#sampler = sampler;
    this.#periodMs = periodMs;
    this.deadline = later(now, periodMs);
  }

  handle(
    input: TenantInput<ToyMessage, Command>,
    now: Instant,
    rng: Rng,
    effects: TenantEffects<ToyMessage>,
  ): void {
    switch (input.type) {
      case "start":
        return effects.offer(
          { type: "greeting", from: this.#name, words: encodeUtf8("hi") },
          9,
          "",
        );
      case "timeout":
        if (now >= this.deadline) this.#onRound(now, rng, effects);
        return;
      case "message":
        return this.#onMessage(input.message, input.peer, effects);
      case "linkUp":
        return this.#tell("linkUp", this.#peers.nameOf(input.peer), effects);
      case "linkDown":
        if (this.#linked === input.peer) this.#linked = NO_PEER;
        return this.#tell("linkDown", this.#peers.nameOf(input.peer), effects);
      case "opened":
        effects.write(input.exchange, encodeUtf8(`${this.#name}\n`));
        return effects.finish(input.exchange);
      case "accepted":
        this.#questions.set(input.exchange, "");
        return;
      case "chunk":
        return this.#onChunk(input.exchange, input.bytes, effects);
      case "ended":
        return this.#onEnded(input.exchange, effects);
      case "failed":
        this.#questions.delete(input.exchange);
        this.#answers.delete(input.exchange);
        return;
      default:
        return;
    }
  }

  save(): Saved {
    return {
      deadline: this.deadline,
      questions: new Map(this.#questions),
      answers: new Map(this.#answers),
      linked: this.#linked,
      round: this.#round,
    };
  }

  restore(saved: Saved): void {
    const { deadline, questions, answers, linked, round } = saved as {
      deadline: Instant;
      questions: Map<ExchangeId, string>;
      answers: Map<ExchangeId, string>;
      linked: PeerId;
      round: number;
    };
    this.deadline = deadline;
    for (const [exchange, asked] of questions) this.#questions.set(exchange, asked);
    for (const [exchange, heard] of answers) this.#answers.set(exchange, heard);
    this.#linked = linked;
    this.#round = round;
  }

  #onRound(now: Instant, rng: Rng, effects: TenantEffects<ToyMessage>): void {
    this.deadline = later(now, this.#periodMs);
    const [peer] = this.#sampler.sample(1, NO_PEER, rng);
    if (peer === undefined || !this.#peers.understands(peer, TOY)) return;
    this.#round++;
    effects.send(peer, { type: "wave", from: this.#name, round: this.#round });
    const exchange = this.#round as ExchangeId;
    this.#answers.set(exchange, "");
    effects.dial(exchange, this.#peers.addressOf(peer));
    if (this.#linked === NO_PEER) {
      this.#linked = peer;
      effects.link(peer);
    } else
      effects.sendLinked(this.#linked, { type: "whisper", from: this.#name, round: this.#round });
  }

  #onMessage(message: ToyMessage, peer: PeerId, effects: TenantEffects<ToyMessage>): void {
    this.#tell(message.type, message.from, effects);
    if (message.type === "wave" && peer !== NO_PEER) {
      effects.send(peer, { type: "waveBack", from: this.#name, round: message.round });
    }
  }

  #onChunk(exchange: ExchangeId, chunk: Uint8Array, effects: TenantEffects<ToyMessage>): void {
    const heard = decodeUtf8(chunk);
    if (this.#answers.has(exchange)) {
      this.#answers.set(exchange, (this.#answers.get(exchange) as string) + heard);
      return;
    }
    const question = (this.#questions.get(exchange) ?? "") + heard;
    this.#questions.set(exchange, question);
    if (!question.endsWith("\n")) return;
    effects.write(exchange, encodeUtf8([...question.trim()].reverse().join("")));
    effects.finish(exchange);
  }

  #onEnded(exchange: ExchangeId, effects: TenantEffects<ToyMessage>): void {
    this.#questions.delete(exchange);
    const answer = this.#answers.get(exchange);
    if (answer === undefined) return;
    this.#answers.delete(exchange);
    if (answer === [...this.#name].reverse().join("")) this.#tell("answer", "", effects);
  }

  #tell(what: ToyEvent["what"], from: string, effects: TenantEffects<ToyMessage>): void {
    effects.notify({ type: "toy", what, from } satisfies ToyEvent);
  }
}
