/** Every sampler passes the suite, and the suite can fail. */
import { describe, expect, test, vi } from "vitest";
import { PeerTable } from "../composition/index.ts";
import { NO_PEER, parseAddress, RecordedEffects, Sfc32 } from "../kernel/index.ts";
import type {
  Address,
  ChannelSet,
  Incarnation,
  Instant,
  PeerId,
  PeerSampler,
  Rng,
} from "../kernel/index.ts";
import { MemberTable } from "../membership/member-table.ts";
import { saidAt } from "../membership/said.ts";
import { Crowd } from "../sim/index.ts";
import { HyParView } from "./hyparview/index.ts";
import { samplerConformance } from "./sampler-conformance.ts";
import type { SamplerStage, SamplerSubject } from "./sampler-conformance.ts";
import { PeerSampling, SAMPLING_PRESETS } from "./sampling/index.ts";
import type { SamplingPreset } from "./sampling/index.ts";
import { NeighbourSampler, SpatialSampler, spatialWeights } from "./topology/index.ts";
import { View } from "./view.ts";

// Chance takes many draws, and a busy machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

function addressOf(i: number): Address {
  return parseAddress(`10.0.0.${i + 1}:7946`);
}

const NOW = 0 as Instant;
const SELF = { name: "self", address: parseAddress("10.0.1.1:7946") };

/** A table with `size` peers that nobody holds but the caller, who passes its holds on. */
function interned(size: number): { peers: PeerTable; candidates: PeerId[] } {
  const peers = new PeerTable();
  const candidates = Array.from({ length: size }, (_, i) => peers.intern(`p${i}`, addressOf(i)));
  return { peers, candidates };
}

function view(size: number): SamplerStage {
  const { peers, candidates } = interned(size);
  const sampler = new View(size + 3, peers);
  for (const peer of candidates) {
    sampler.add(peer);
    peers.release(peer);
  }
  return { sampler, candidates, remove: removing(peers, (peer) => void sampler.delete(peer)) };
}

/** Takes a peer away and sees that its row is gone with it. */
function removing(peers: PeerTable, remove: (peer: PeerId) => void): (peer: PeerId) => void {
  return (peer) => {
    remove(peer);
    peers.sweep();
    expect(peers.has(peer)).toBe(false);
  };
}

function passiveView(size: number): SamplerStage {
  const { peers, candidates } = interned(size);
  const machine = new HyParView({ self: SELF, peers });
  const effects = new RecordedEffects<never>();
  const rng = new Sfc32(1);
  const tell = (type: "peerUp" | "peerDown", peer: PeerId): void => {
    const reason = "failed";
    machine.handle({ type: "signal", signal: { type, peer, reason } }, NOW, rng, effects);
  };
  for (const peer of candidates) {
    peers.setChannels(peer, 0x3ff_ffff as ChannelSet);
    tell("peerUp", peer);
  }
  return { sampler: machine.passive, candidates, remove: (peer) => tell("peerDown", peer) };
}

function peerSampling(preset: SamplingPreset): SamplerSubject["make"] {
  return (size) => {
    const peers = new PeerTable();
    const sampler = new PeerSampling({ self: SELF, peers, config: { preset } });
    const contacts = Array.from({ length: size }, (_, i) => ({
      name: `p${i}`,
      address: addressOf(i),
    }));
    const effects = new RecordedEffects<never>();
    const rng = new Sfc32(1);
    sampler.handle({ type: "start", channels: 0 as ChannelSet }, NOW, rng, effects);
    sampler.handle({ type: "command", command: { type: "join", contacts } }, NOW, rng, effects);
    const remove = removing(peers, (peer) => {
      const signal = { type: "peerDown", peer, reason: "failed" } as const;
      sampler.handle({ type: "signal", signal }, NOW, rng, effects);
    });
    return { sampler, candidates: [...sampler.members], remove };
  };
}

function memberTable(size: number): SamplerStage {
  const rng = new Sfc32(1);
  const peers = new PeerTable();
  const sampler = new MemberTable({ maxMembers: 100, gossipToTheDeadMs: 1000 }, peers);
  const reason = { type: "started" } as const;
  const wordsOf = (name: string, address: Address) => saidAt(name, address, 1 as Incarnation);
  sampler.addSelf(wordsOf(SELF.name, SELF.address), SELF.address, reason, NOW);
  const members = Array.from({ length: size }, (_, i) => {
    const address = addressOf(i);
    return sampler.add(wordsOf(`p${i}`, address), address, reason, NOW, rng);
  });
  const remove = removing(peers, (peer) => {
    const member = sampler.byPeer(peer);
    if (member !== undefined) sampler.setState(member, "dead", reason, NOW);
    // Whoever asks for a target once all have had a turn forgets the long gone.
    for (let i = 0; i < 3 * size; i++) sampler.nextTarget(2000 as Instant, rng);
    for (const { peer: gone } of sampler.takeForgotten()) peers.release(gone);
  });
  return { sampler, candidates: members.map(({ peer }) => peer), remove };
}

function oracle(size: number): SamplerStage {
  let sampler: PeerSampler | undefined;
  const crowd = new Crowd({
    seed: 1,
    size: size + 1,
    tenants: (context) => {
      sampler ??= context.oracle;
      return [];
    },
  });
  return {
    sampler: sampler as PeerSampler,
    candidates: crowd.live.slice(1),
    remove: (peer) => crowd.kill(peer),
  };
}

/** Some world, of which all that is known is who lives. */
function world(size: number): { candidates: PeerId[]; alive: Set<PeerId> } {
  const candidates = Array.from({ length: size }, (_, i) => (3 * i) as PeerId);
  return { candidates, alive: new Set(candidates) };
}

function neighbours(size: number): SamplerStage {
  const { candidates, alive } = world(size);
  const sampler = new NeighbourSampler(candidates, (peer) => alive.has(peer));
  return { sampler, candidates, remove: (peer) => void alive.delete(peer) };
}

function spatial(exponent: number): SamplerSubject["make"] {
  return (size) => {
    const { candidates, alive } = world(size);
    // Some are equally far.
    const sites = candidates.map((peer, i) => ({ peer, distance: Math.floor((2 * i) / 3) }));
    const weights = spatialWeights(sites, exponent);
    const sampler = new SpatialSampler(sites, exponent, (peer) => alive.has(peer));
    return { sampler, candidates, weights, remove: (peer) => void alive.delete(peer) };
  };
}

const SAMPLERS: Readonly<Record<string, SamplerSubject["make"]>> = {
  "full membership": memberTable,
  "a view of HyParView's": view,
  "HyParView's passive view, by signals": passiveView,
  "the crowd's oracle": oracle,
  "a fixed topology": neighbours,
  "spatial choice, a = 1": spatial(1),
  "spatial choice, a = 2": spatial(2),
  ...Object.fromEntries(
    SAMPLING_PRESETS.map((preset) => [`peer sampling, ${preset}`, peerSampling(preset)]),
  ),
};

describe.each(Object.entries(SAMPLERS))("%s", (_, make) => {
  test.each(samplerConformance({ make }))("$name", ({ run }) => {
    expect(run).not.toThrow();
  });
});

/** Breaks one rule of a sound sampler. */
type Breakage = (sound: PeerSampler, peers: readonly PeerId[]) => PeerSampler["sample"];

const shared: PeerId[] = [];
const BROKEN: Readonly<Record<string, Breakage>> = {
  "peers of a sample are distinct, and as many as were asked for": (sound, peers) => {
    return (count, except, rng) => {
      const drawn = sound.sample(1, except, rng);
      return peers.length < 2 ? drawn : Array.from({ length: count }, () => drawn[0] as PeerId);
    };
  },
  "who asks for more than there are gets all there are": (sound, peers) => {
    return (count, except, rng) => {
      return count > peers.length ? [] : sound.sample(count, except, rng);
    };
  },
  "the exception is not drawn, and a stranger as the exception changes nothing": (sound) => {
    return (count, _, rng) => sound.sample(count, NO_PEER, rng);
  },
  "of nobody, and of the exception alone, nobody is drawn": (sound) => {
    return (count, except, rng) => sound.sample(Math.max(count, 1), except, rng);
  },
  "the array is the caller's to keep and to change": (sound) => {
    return (count, except, rng) => {
      shared.splice(0, shared.length, ...sound.sample(count, except, rng));
      return shared;
    };
  },
  "the same seed draws the same, and drawing changes nothing": (sound) => {
    const own = new Sfc32(4);
    return (count, except) => sound.sample(count, except, own);
  },
  "single draws come as often as they should, neither less nor more evenly than chance": (
    sound,
    peers,
  ) => {
    return (count, except, rng) => {
      const drawn = sound.sample(count, except, rng);
      // One is drawn a sixth too often.
      const favourite = peers[0] as PeerId;
      if (count !== 1 || except === favourite || rng.below(60) > 0) return drawn;
      return [favourite];
    };
  },
  "single draws beside an exception, too": (sound, peers) => {
    return (count, except, rng) => {
      const drawn = sound.sample(count, NO_PEER, rng);
      // Whoever stands behind the exception takes its draws.
      const next = peers[(peers.indexOf(except) + 1) % peers.length] as PeerId;
      if (count > 1) return sound.sample(count, except, rng);
      return drawn.map((peer) => (peer === except ? next : peer));
    };
  },
  "each pair comes as often as it should": (sound, peers) => {
    return (count, except, rng) => {
      const [first = NO_PEER] = sound.sample(1, except, rng);
      const next = peers[(peers.indexOf(first) + 1) % peers.length] as PeerId;
      return count === 2 && next !== except ? [first, next] : sound.sample(count, except, rng);
    };
  },
  "samples of several hold everybody as often": (sound, peers) => {
    return (count, except, rng) => {
      const pool = peers.slice(0, peers.length - 1).filter((peer) => peer !== except);
      return count === 3 ? pool.slice(0, 3) : sound.sample(count, except, rng);
    };
  },
};

test("the suite finds each rule that is broken, and a bag that is emptied in turn", () => {
  for (const [rule, breakage] of Object.entries(BROKEN)) {
    const make = (size: number): SamplerStage => {
      const { candidates } = world(size);
      const sound = new NeighbourSampler(candidates);
      return { candidates, sampler: { size, sample: breakage(sound, candidates) } };
    };
    expect(failures(make, rule)).toEqual([rule]);
  }
  const forgetsNobody = (size: number): SamplerStage => {
    const { candidates } = world(size);
    return { candidates, sampler: new NeighbourSampler(candidates), remove: () => {} };
  };
  expect(failures(forgetsNobody)).toEqual(["who has been taken away is drawn no more"]);
  const inTurn = (size: number): SamplerStage => {
    const { candidates } = world(size);
    let turn = 0;
    const sample = (count: number, except: PeerId): PeerId[] => {
      const others = candidates.filter((peer) => peer !== except);
      const first = others.length === 0 ? 0 : turn++ % others.length;
      return [...others.slice(first), ...others.slice(0, first)].slice(0, count);
    };
    return { candidates, sampler: { size, sample } };
  };
  expect(failures(inTurn)).toContain(
    "single draws come as often as they should, neither less nor more evenly than chance",
  );
  const wrongSize = (size: number): SamplerStage => {
    const { candidates } = world(size);
    const sound = new NeighbourSampler(candidates);
    const sample = (count: number, except: PeerId, rng: Rng): PeerId[] => {
      return sound.sample(count, except, rng);
    };
    return { candidates, sampler: { size: size + 1, sample } };
  };
  expect(failures(wrongSize)).toContain("its size is that of what it draws from");
});

/** Of all rules, or of one. */
function failures(make: SamplerSubject["make"], rule?: string): string[] {
  return samplerConformance({ make }).flatMap(({ name, run }) => {
    if (rule !== undefined && name !== rule) return [];
    try {
      run();
      return [];
    } catch {
      return [name];
    }
  });
}
