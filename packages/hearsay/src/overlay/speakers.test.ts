import { expect, test } from "vitest";
import { PeerTable } from "../composition/index.ts";
import {
  channel,
  NO_CHANNELS,
  NO_PEER,
  parseAddress,
  parseChannels,
  Sfc32,
} from "../kernel/index.ts";
import type { PeerId, PeerSampler } from "../kernel/index.ts";
import { samplerConformance } from "./sampler-conformance.ts";
import { Speakers } from "./speakers.ts";
import { View } from "./view.ts";

function crowd(count: number, speaks: (i: number) => boolean) {
  const peers = new PeerTable();
  const view = new View(count, peers);
  const all: PeerId[] = [];
  for (let i = 0; i < count; i++) {
    const peer = peers.intern(`p${i}`, parseAddress(`10.0.${i >> 8}.${i & 255}:1`));
    peers.setChannels(peer, speaks(i) ? parseChannels("rx") : NO_CHANNELS);
    view.add(peer);
    all.push(peer);
  }
  return { all, speakers: new Speakers(channel("r"), peers, view as PeerSampler) };
}

test("only those who understand the channel are chosen, however few they are", () => {
  const { all, speakers } = crowd(300, (i) => i % 100 === 7);
  const rng = new Sfc32(1);
  const wanted = [all[7], all[107], all[207]];
  expect(speakers.sample(5, NO_PEER, rng).toSorted()).toEqual(wanted.toSorted());
  expect(speakers.sample(2, NO_PEER, rng)).toHaveLength(2);
  expect(speakers.sample(5, all[107]!, rng).toSorted()).toEqual([all[7], all[207]].toSorted());
});

for (const { name, run } of samplerConformance({
  make: (size) => {
    const { all, speakers } = crowd(size, () => true);
    return { sampler: speakers, candidates: all };
  },
})) {
  test(`where all speak: ${name}`, run);
}
