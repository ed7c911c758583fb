/**
 * Peers that take no part in an aggregate, remembered so that they are asked seldom.
 *
 *     a ── exchange ──▶ b      b has not defined it
 *       ◀── absent ───         a asks others, and b again after some epochs
 *
 * @module
 */
import { NO_PEER } from "../kernel/index.ts";
import type { PeerId, PeerSampler, Rng } from "../kernel/index.ts";

/** Of one aggregate; of more, who was asked longest ago is forgotten. */
export const MAX_ABSENTEES = 4096;
/** Peers that are drawn at first: where most take part, one of them will do. */
const DRAWN = 8;
/** Of so many, one is asked again in each epoch. */
const FORGOTTEN_PART = 10;

export function remember(absent: Set<PeerId>, peer: PeerId): void {
  absent.add(peer);
  if (absent.size > MAX_ABSENTEES) forget(absent, 1);
}

/** An epoch has passed: those who were asked longest ago may have come to take part. */
export function forgetSome(absent: Set<PeerId>): void {
  forget(absent, Math.ceil(absent.size / FORGOTTEN_PART));
}

/** Anybody else, uniformly; nobody if all are absent. */
export function partnerBeside(
  absent: ReadonlySet<PeerId>,
  sampler: PeerSampler,
  rng: Rng,
): PeerId | undefined {
  const draw = (count: number): PeerId | undefined => {
    return sampler.sample(count, NO_PEER, rng).find((peer) => !absent.has(peer));
  };
  return draw(DRAWN) ?? (sampler.size > DRAWN ? draw(sampler.size) : undefined);
}

function forget(absent: Set<PeerId>, count: number): void {
  let left = count;
  for (const peer of absent) {
    if (left-- <= 0) return;
    absent.delete(peer);
  }
}
