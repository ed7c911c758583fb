/**
 * One member of many is suspected, and some confirm it: how long has it to refute?
 *
 * A single machine is told of the others, of the suspicion and of the confirmations by messages, and woken at its own
 * deadlines until it declares the member dead.
 * @see Lifeguard §III.B
 * @module
 */
import { PeerTable } from "hearsay/composition";
import {
  addressBytes,
  addressPort,
  NO_PEER,
  parseAddress,
  RecordedEffects,
  Sfc32,
} from "hearsay/kernel";
import type { Address, ChannelSet, Incarnation, Instant } from "hearsay/kernel";
import { Membership } from "hearsay/membership";
import type { MemberEvent, MembershipMessage, MembershipOptions } from "hearsay/membership";
import type { Experiment } from "../experiment.ts";

export interface SuspicionParameters {
  readonly n: number;
  /** Members who suspect it, too, one by one right after the first. */
  readonly confirmations: number;
  readonly membership: MembershipOptions;
}

/** Longest time that is waited for the end. */
const MAX_MS = 3_600_000;

const SUSPECT = "m1";

export const SUSPICION: Experiment<SuspicionParameters> = {
  name: "suspicion",
  story: "a member is suspected by one and confirmed by others, and does not refute",
  measures: { ms: "from the suspicion to the declaration of death, ms" },
  defaults: { n: 128, confirmations: 0, membership: {} },

  run({ n, confirmations, membership: config }, seed) {
    const rng = new Sfc32(seed, 0x73757370);
    const effects = new RecordedEffects<MembershipMessage>();
    const address = addressOf(0);
    const init = { name: "m0", address, peers: new PeerTable(), config, now: 0 as Instant };
    const machine = new Membership({ ...init, firstIncarnation: ONE });
    let now = 0 as Instant;
    const hear = (message: MembershipMessage): void => {
      const input = { from: addressOf(2), peer: NO_PEER, carrier: "datagram" } as const;
      machine.handle({ type: "message", message, ...input }, now, rng, effects);
      effects.take();
    };
    machine.handle({ type: "start", channels: 0 as ChannelSet }, now, rng, effects);
    for (let i = 1; i < n; i++) hear(aliveMessage(i));
    for (let accuser = 2; accuser < 3 + confirmations; accuser++) {
      hear({ type: "suspect", incarnation: ONE, node: SUSPECT, from: `m${accuser}` });
    }
    while (machine.deadline <= MAX_MS) {
      now = machine.deadline;
      machine.handle({ type: "timeout" }, now, rng, effects);
      const isDead = effects.take().some((effect) => {
        if (effect.type !== "notify") return false;
        const event = effect.event as MemberEvent;
        return event.type === "fail" && event.member.name === SUSPECT;
      });
      if (isDead) return { ms: [now] };
    }
    return { ms: [] };
  },
};

const ONE = 1 as Incarnation;
const PORT = 7946;

function addressOf(index: number): Address {
  return parseAddress(`10.0.${index >> 8}.${index & 255}:${PORT}`);
}

function aliveMessage(index: number): MembershipMessage {
  const address = addressOf(index);
  const where = { addr: addressBytes(address), port: addressPort(address) };
  const versions = Uint8Array.of(1, 5, 2, 2, 5, 4);
  return {
    type: "alive",
    incarnation: ONE,
    node: `m${index}`,
    ...where,
    meta: undefined,
    versions,
  };
}
