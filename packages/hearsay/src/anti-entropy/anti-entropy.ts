/**
 * Anti-entropy: stores of one name at different nodes come to the same.
 *
 *     mutate ──▶ store ── delta ──▶ news ──▶ some peers, and on from them     at once; nearly everybody
 *     every intervalMs     words ──▶ one peer                                 what news has left out
 *                          ◀── words
 *                          words ──▶ …                                        until nothing differs
 *
 * Promise: a change that is in the store of one node that lives is in those of all it can reach, eventually, whatever is
 * lost; its price is one comparison a node and round. One machine hosts any number of stores, of any kind that `make` can
 * make; they share rounds, packets and limits. A node without stores sleeps.
 *
 * What fits a packet goes in datagrams. What does not goes over a stream, and the conversation stays on it. What is said in a
 * round has an upper limit; what is beyond it waits for the next, which begins where differences still are.
 * @see Demers et al. 1987, Epidemic algorithms for replicated database maintenance, sections 1.2 and 1.3
 * @module
 */
import { assertNever, DecodeError, HearsayError, later, NEVER, NO_PEER } from "../kernel/index.ts";
import type {
  Instant,
  PeerId,
  Peers,
  PeerSampler,
  Rng,
  Saved,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import { resolveAntiEntropyConfig } from "./config.ts";
import type { AntiEntropyConfig } from "./config.ts";
import { HostedStores } from "./hosted-stores.ts";
import type { SavedHostedStores, StoreRow } from "./hosted-stores.ts";
import { Speaker } from "./speaker.ts";
import type { SavedSpeaker } from "./speaker.ts";
import type {
  AntiEntropyCommand,
  AntiEntropyEvent,
  Store,
  StoreMaker,
  StoreSpec,
  StoreTurn,
} from "./store.ts";
import {
  ANTI_ENTROPY_CHANNEL,
  ANTI_ENTROPY_MESSAGES,
  bytesOf,
  ENVELOPE_BYTES,
  MAX_STORE_NAME,
} from "./wire.ts";
import type { AntiEntropyMessage, News, Talk, TalkPart } from "./wire.ts";

export interface AntiEntropyOptions {
  readonly peers: Peers;
  /** Whom to tell and to compare with: peers that speak this channel. */
  readonly sampler: PeerSampler;
  /** Makes a store of a kind, at a command, or when a saved state is read. */
  readonly make: StoreMaker;
  /** Seconds since 1970 at boot: the wall clock until a command tells it. */
  readonly epoch: number;
  readonly config?: Partial<AntiEntropyConfig>;
}

type Effects = TenantEffects<AntiEntropyMessage>;

interface SavedAntiEntropy {
  readonly stores: SavedHostedStores;
  readonly speaker: SavedSpeaker;
  readonly deadline: Instant;
  readonly wallOrigin: number | undefined;
}

const WIRE: TenantWire<AntiEntropyMessage> = {
  channel: ANTI_ENTROPY_CHANNEL,
  messages: ANTI_ENTROPY_MESSAGES,
};

export class AntiEntropy implements Tenant<AntiEntropyMessage, AntiEntropyCommand> {
  readonly name: string = "antiEntropy";
  readonly wire: TenantWire<AntiEntropyMessage> = WIRE;
  deadline: Instant = NEVER;
  readonly #config: AntiEntropyConfig;
  readonly #sampler: PeerSampler;
  readonly #epoch: number;
  readonly #stores: HostedStores;
  readonly #speaker: Speaker;
  /** The wall clock when the host's clock was 0. */
  #wallOrigin: number | undefined;

  /** @throws HearsayError `ERR_OPTION` */
  constructor({ peers, sampler, make, epoch, config }: AntiEntropyOptions) {
    this.#config = resolveAntiEntropyConfig(config);
    this.#sampler = sampler;
    this.#epoch = epoch;
    this.#stores = new HostedStores(make, this.#config.maxStores);
    this.#speaker = new Speaker(this.#config, peers);
  }

  get stores(): readonly string[] {
    return this.#stores.names;
  }

  /** The store of this name, to read. */
  store(name: string): Store | undefined {
    return this.#stores.get(name)?.store;
  }

  save(): SavedAntiEntropy {
    return {
      stores: this.#stores.save(),
      speaker: this.#speaker.save(),
      deadline: this.deadline,
      wallOrigin: this.#wallOrigin,
    };
  }

  restore(saved: Saved): void {
    const { stores, speaker, deadline, wallOrigin } = saved as SavedAntiEntropy;
    this.#stores.restore(stores);
    this.#speaker.restore(speaker);
    this.deadline = deadline;
    this.#wallOrigin = wallOrigin;
  }

  handle(
    input: TenantInput<AntiEntropyMessage, AntiEntropyCommand>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    this.#wallOrigin ??= 1000 * this.#epoch - now;
    switch (input.type) {
      case "message":
        if (input.peer === NO_PEER) return effects.drop("stranger");
        return this.#onMessage(input.message, input.peer, now, rng, effects);
      case "timeout":
        if (now >= this.deadline) this.#round(now, rng, effects);
        return;
      case "command":
        return this.#onCommand(input.command, now, rng, effects);
      case "accepted":
      case "opened":
      case "chunk":
      case "ended":
      case "failed":
        return this.#speaker.handle(input, effects, (message) =>
          this.#onStreamed(message, now, rng, effects),
        );
      default:
        return;
    }
  }

  #onCommand(command: AntiEntropyCommand, now: Instant, rng: Rng, effects: Effects): void {
    switch (command.type) {
      case "mutate":
        return this.#mutate(command, now, rng, effects);
      case "clock":
        this.#wallOrigin = command.wallMs - now;
        return;
      case "open":
        return this.#open(command, now, rng, effects);
      case "close":
        return this.#close(command.id, command.store, effects);
      case "reconcile":
        return this.#reconcile(command.id, command.store, now, rng, effects);
      default:
        assertNever(command);
    }
  }

  #open(
    { id, store, kind, options }: { readonly id: number } & StoreSpec,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    this.#attempt(id, store, effects, () => {
      this.#stores.open({ store, kind, options });
      // Anywhere within an interval, so that a cluster started at once does not compare at once.
      if (this.deadline === NEVER) {
        this.deadline = later(now, 1 + rng.below(this.#config.intervalMs));
      }
      tell(effects, { type: "storeOpened", id, store });
    });
  }

  #close(id: number, store: string, effects: Effects): void {
    this.#stores.close(store);
    if (this.#stores.size === 0) this.deadline = NEVER;
    tell(effects, { type: "storeClosed", id, store });
  }

  #mutate(
    { id, store, mutation, wallMs }: Extract<AntiEntropyCommand, { readonly type: "mutate" }>,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    this.#wallOrigin = wallMs - now;
    this.#attempt(id, store, effects, () => {
      const delta = this.#stores
        .find(store)
        .store.mutate(mutation, this.#turn(store, now, rng, effects));
      const told = delta === undefined ? 0 : this.#spread(store, delta, rng, effects);
      tell(effects, { type: "mutated", id, store, told });
    });
  }

  #reconcile(id: number, store: string, now: Instant, rng: Rng, effects: Effects): void {
    this.#attempt(id, store, effects, () => {
      const row = this.#stores.find(store);
      const chosen = this.#sampler.sample(1, NO_PEER, rng);
      for (const peer of chosen) this.#begin([row], peer, now, rng, effects);
      tell(effects, { type: "reconciling", id, store, peers: chosen.length });
    });
  }

  /** What a caller did wrong, the caller is told; nothing has changed then. */
  #attempt(id: number, store: string, effects: Effects, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error;
      const { code, message } = error;
      tell(effects, { type: "storeRefused", id, store, code, message });
    }
  }

  /** One round: some stores are compared with one peer. */
  #round(now: Instant, rng: Rng, effects: Effects): void {
    const { intervalMs, storesPerRound } = this.#config;
    this.deadline = later(now, intervalMs);
    this.#speaker.renew();
    const chosen = this.#stores.takeTurns(storesPerRound);
    for (const { spec, store } of chosen) store.tend?.(this.#turn(spec.store, now, rng, effects));
    for (const peer of this.#sampler.sample(1, NO_PEER, rng)) {
      this.#begin(chosen, peer, now, rng, effects);
    }
  }

  #begin(rows: readonly StoreRow[], peer: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    const { packetBytes } = this.#config;
    const parts: TalkPart[] = [];
    for (const { spec, comparison } of rows) {
      const room = packetBytes - ENVELOPE_BYTES - 3 * spec.store.length;
      const words = comparison.begin(this.#turn(spec.store, now, rng, effects, room));
      parts.push({ store: spec.store, step: 0, words });
    }
    this.#speaker.say(parts, peer, effects);
  }

  #onMessage(
    message: AntiEntropyMessage,
    from: PeerId,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): void {
    if (message.type === "news") return this.#onNews(message, from, now, rng, effects);
    this.#speaker.say(this.#answers(message, now, rng, effects), from, effects);
  }

  /** What came over a stream is answered there. */
  #onStreamed(
    message: AntiEntropyMessage,
    now: Instant,
    rng: Rng,
    effects: Effects,
  ): AntiEntropyMessage | undefined {
    if (message.type === "news") {
      this.#onNews(message, NO_PEER, now, rng, effects);
      return undefined;
    }
    const parts = this.#answers(message, now, rng, effects);
    return parts.length === 0 ? undefined : { type: "talk", parts };
  }

  #answers({ parts }: Talk, now: Instant, rng: Rng, effects: Effects): TalkPart[] {
    const { maxSteps } = this.#config;
    const answers: TalkPart[] = [];
    for (const { store, step, words } of parts) {
      const row = this.#stores.get(store);
      if (row === undefined) this.#unknown(store, effects);
      else if (step + 1 >= maxSteps) effects.drop("talkTooLong");
      else if (this.#speaker.mayAnswer(effects)) {
        const turn = this.#turn(store, now, rng, effects);
        const answer = guarded(effects, () => row.comparison.answer(bytesOf(words), turn));
        if (answer !== undefined) answers.push({ store, step: step + 1, words: answer });
      }
    }
    return answers;
  }

  #unknown(store: string, effects: Effects): void {
    effects.drop("unknownStore");
    tell(effects, { type: "storeUnknown", store });
  }

  #onNews(news: News, from: PeerId, now: Instant, rng: Rng, effects: Effects): void {
    const row = this.#stores.get(news.store);
    if (row === undefined) return this.#unknown(news.store, effects);
    const { newsHops } = this.#config;
    const delta = bytesOf(news.delta);
    const turn = this.#turn(news.store, now, rng, effects);
    const gained = guarded(effects, () => row.store.merge(delta, turn)) ?? false;
    const hops = Math.min(news.hops, newsHops) - 1;
    if (gained && hops >= 0) this.#tellNews({ ...news, hops }, from, rng, effects);
  }

  /** What is new here is told at once. */
  #spread(store: string, delta: Uint8Array, rng: Rng, effects: Effects): number {
    const news: News = { type: "news", store, hops: this.#config.newsHops, delta };
    return this.#tellNews(news, NO_PEER, rng, effects);
  }

  #tellNews(news: News, except: PeerId, rng: Rng, effects: Effects): number {
    const { newsFanout } = this.#config;
    if (newsFanout === 0) return 0;
    const count = newsFanout === Infinity ? this.#sampler.size : newsFanout;
    const peers = this.#sampler.sample(count, except, rng);
    let told = 0;
    for (const peer of peers) if (this.#speaker.send(news, peer, effects)) told++;
    return told;
  }

  #turn(
    store: string,
    now: Instant,
    rng: Rng,
    effects: Effects,
    packetBytes: number = this.#config.packetBytes,
  ): StoreTurn {
    return {
      now,
      wallMs: now + (this.#wallOrigin ?? 0),
      rng,
      maxBytes: this.#config.maxWordsBytes - 2 * ENVELOPE_BYTES - MAX_STORE_NAME,
      packetBytes,
      notify: (event) => effects.notify(event),
      drop: (reason) => effects.drop(reason),
      spread: (delta) => void this.#spread(store, delta, rng, effects),
    };
  }
}

/** A store's or comparison's own bytes: what it cannot read is the network's doing. */
function guarded<T>(effects: Effects, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    effects.drop(error.reason);
    return undefined;
  }
}

function tell(effects: Effects, event: AntiEntropyEvent): void {
  effects.notify(event);
}
