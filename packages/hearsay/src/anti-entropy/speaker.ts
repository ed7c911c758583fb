/**
 * How messages get out: what fits a packet in a datagram, the rest over a stream, no more in a round than is allowed.
 *
 *     words of several stores ──▶ │ a b c │ d e │ ──▶ packets          f, which is larger ──▶ a stream of its own
 *
 * @module
 */
import type { ExchangeInput, PeerId, Peers, TenantEffects } from "../kernel/index.ts";
import { Allowance } from "./allowance.ts";
import type { SavedAllowance } from "./allowance.ts";
import type { AntiEntropyConfig } from "./config.ts";
import { TalkStreams } from "./talk-streams.ts";
import type { SavedTalkStreams } from "./talk-streams.ts";
import { ENVELOPE_BYTES, MAX_TALKS, sizeOfMessage, talkPartSize } from "./wire.ts";
import type { AntiEntropyMessage, TalkPart } from "./wire.ts";

type Effects = TenantEffects<AntiEntropyMessage>;

export interface SavedSpeaker {
  readonly allowance: SavedAllowance;
  readonly streams: SavedTalkStreams;
}

export class Speaker {
  readonly #config: AntiEntropyConfig;
  readonly #peers: Peers;
  readonly #allowance: Allowance;
  readonly #streams: TalkStreams;

  constructor(config: AntiEntropyConfig, peers: Peers) {
    this.#config = config;
    this.#peers = peers;
    this.#allowance = new Allowance(config);
    this.#streams = new TalkStreams(config);
  }

  /** A new round: what may be said is counted from nothing. */
  renew(): void {
    this.#allowance.renew();
  }

  /** Whether one more answer may be worked out in this round. */
  mayAnswer(effects: Effects): boolean {
    if (this.#allowance.takeAnswer()) return true;
    effects.drop("tooManyAnswers");
    return false;
  }

  /** Words of several stores in as few packets as may be, and what fits none over streams. */
  say(parts: readonly TalkPart[], peer: PeerId, effects: Effects): void {
    const room = this.#config.packetBytes - ENVELOPE_BYTES;
    let packet: TalkPart[] = [];
    let left = room;
    const flush = (): void => {
      if (packet.length > 0) this.send({ type: "talk", parts: packet }, peer, effects);
      packet = [];
      left = room;
    };
    for (const part of parts) {
      const size = talkPartSize(part);
      if (size > room) this.send({ type: "talk", parts: [part] }, peer, effects);
      else {
        if (size > left || packet.length >= MAX_TALKS) flush();
        packet.push(part);
        left -= size;
      }
    }
    flush();
  }

  /** By datagram or stream, as large as it is; false if it is not sent at all. */
  send(message: AntiEntropyMessage, peer: PeerId, effects: Effects): boolean {
    if (!this.#allows(message, effects)) return false;
    if (sizeOfMessage(message) > this.#config.packetBytes) {
      return this.#streams.dial(this.#peers.addressOf(peer), message, effects);
    }
    effects.send(peer, message);
    return true;
  }

  /** What happens on streams. `answer` takes up what came over one and says what follows from it, if anything. */
  handle(
    input: ExchangeInput,
    effects: Effects,
    answer: (message: AntiEntropyMessage) => AntiEntropyMessage | undefined,
  ): void {
    this.#streams.handle(input, effects, (message) => {
      const reply = answer(message);
      return reply !== undefined && this.#allows(reply, effects) ? reply : undefined;
    });
  }

  save(): SavedSpeaker {
    return { allowance: this.#allowance.save(), streams: this.#streams.save() };
  }

  restore({ allowance, streams }: SavedSpeaker): void {
    this.#allowance.restore(allowance);
    this.#streams.restore(streams);
  }

  #allows(message: AntiEntropyMessage, effects: Effects): boolean {
    const size = sizeOfMessage(message);
    if (size > this.#config.maxWordsBytes) {
      effects.drop("tooLarge");
      return false;
    }
    if (this.#allowance.takeBytes(size)) return true;
    effects.drop("overBudget");
    return false;
  }
}
