/** Neighbours that lie: what honest nodes tell each other arrives all the same, and lies cost what limits allow. */
import { expect, test } from "vitest";
import { Plumtree } from "../../broadcast/index.ts";
import type { Delivered } from "../../broadcast/index.ts";
import { later } from "../../kernel/index.ts";
import type {
  Address,
  Instant,
  NodeSignal,
  PeerId,
  Rng,
  Tenant,
  TenantEffects,
  TenantInput,
} from "../../kernel/index.ts";
import { HyParView } from "../../overlay/index.ts";
import { Crowd } from "./crowd.ts";
import type { CrowdContext } from "./crowd.ts";

const N = 80;
const LIARS = 4;
const LIE_MS = 100;
const MAX_MISSING = 256;

type Lie = (neighbour: PeerId, effects: TenantEffects<never>, now: Instant, rng: Rng) => void;

/** A machine that does what it should, and tells each of its neighbours lies ten times a second beside it. */
class Liar implements Tenant {
  readonly name: string;
  readonly wire: Tenant["wire"];
  readonly #inner: Tenant;
  readonly #lie: Lie;
  readonly #neighbours = new Set<PeerId>();
  #at = 0 as Instant;

  constructor(inner: Tenant, lie: Lie) {
    this.name = inner.name;
    this.wire = inner.wire;
    this.#inner = inner;
    this.#lie = lie;
  }

  get deadline(): Instant {
    return Math.min(this.#inner.deadline, this.#at) as Instant;
  }

  handle(input: TenantInput, now: Instant, rng: Rng, effects: TenantEffects): void {
    this.#inner.handle(input, now, rng, effects);
    if (input.type === "signal") this.#onSignal(input.signal);
    if (input.type === "linkUp") this.#neighbours.add(input.peer);
    if (input.type === "linkDown") this.#neighbours.delete(input.peer);
    if (now < this.#at) return;
    this.#at = later(now, LIE_MS);
    for (const peer of this.#neighbours) this.#lie(peer, effects as never, now, rng);
  }

  #onSignal(signal: NodeSignal): void {
    if (signal.type === "neighbourUp") this.#neighbours.add(signal.peer);
    if (signal.type === "neighbourDown") this.#neighbours.delete(signal.peer);
  }
}

/** Lies in the words of Plumtree. */
const PLUMTREE_LIES: Lie = (peer, effects, now, rng) => {
  const send = (message: object): void => effects.sendLinked(peer, message as never);
  const invented = () => ({ origin: "nobody", epoch: 9, number: 1 + rng.below(1 << 30) });
  send({
    type: "announce",
    announcements: Array.from({ length: 200 }, () => ({ ...invented(), hops: 0 })),
  });
  send({ type: "graft", wanted: invented() });
  // An id that is known, for other bytes; and hops that no path has.
  send({
    type: "gossip",
    origin: "n0",
    epoch: 1,
    number: 1,
    topic: "t",
    hops: 65_535,
    payload: new Uint8Array(99),
  });
  if (now % 1000 < LIE_MS) send({ type: "prune" });
};

/** Lies in the words of HyParView: views full of those who are dead. */
const hyparviewLies = (dead: readonly { name: string; address: Address }[]): Lie => {
  return (peer, effects, _now, rng) => {
    if (dead.length === 0) return;
    const one = () => dead[rng.below(dead.length)];
    const entries = Array.from({ length: 100 }, one);
    effects.sendLinked(peer, { type: "shuffle", origin: one(), hops: 6, entries } as never);
    effects.sendLinked(peer, { type: "forwardJoin", newcomer: one(), hops: 255 } as never);
    effects.sendLinked(peer, { type: "shuffleReply", entries } as never);
  };
};

/** A crowd whose last nodes lie, once their neighbours are used to them. `gone` more have joined, and died. */
function crowdOf(lies: { plumtree?: Lie; hyparview?: Lie }, gone = 0) {
  const got = new Map<string, Set<string>>();
  const isLiar = (node: number): boolean => node >= N - LIARS && node < N;
  const tenants = ({ name, self, peers }: CrowdContext): Tenant[] => {
    const address = peers.addressOf(self);
    const views = new HyParView({
      self: { name, address },
      peers,
      config: { shuffleIntervalMs: 2000 },
    }) as Tenant;
    const tree = new Plumtree({ name, epoch: 1, config: { maxMissing: MAX_MISSING } }) as Tenant;
    if (!isLiar(self)) return [views, tree];
    return [
      lies.hyparview === undefined ? views : new Liar(views, lies.hyparview),
      lies.plumtree === undefined ? tree : new Liar(tree, lies.plumtree),
    ];
  };
  const crowd = new Crowd({
    seed: 5,
    size: 1,
    tenants,
    onEvent: (node, event) => {
      if (event.type !== "delivered") return;
      const { origin, number, payload } = event as Delivered;
      const what = `${origin} ${number} ${payload.length}`;
      got.set(what, (got.get(what) ?? new Set()).add(crowd.peers.nameOf(node)));
    },
  });
  const contacts = [
    { name: crowd.peers.nameOf(0 as PeerId), address: crowd.peers.addressOf(0 as PeerId) },
  ];
  for (let i = 1; i < N + gone; i++) {
    crowd.command(crowd.add(), "hyparview", { type: "join", contacts } as never);
    crowd.run(50);
  }
  for (let i = N; i < N + gone; i++) crowd.kill(i as PeerId);
  crowd.run(20_000);
  const honest = crowd.live.filter((node) => !isLiar(node));
  const publish = (node: PeerId, bytes: number): void => {
    const command = { type: "publish", topic: "t", payload: new Uint8Array(bytes) };
    crowd.command(node, "plumtree", command as never);
    crowd.run(3000);
  };
  return { crowd, got, honest, publish };
}

/** Floods of lies cost time, here and there. */
const TEST_MS = 60_000;

test(
  "announcements of nothing, grafts for nothing and ids used twice keep no honest word from anybody",
  () => {
    const { crowd, got, honest, publish } = crowdOf({ plumtree: PLUMTREE_LIES });
    // The liars claim number 1 of n0: it is taken before they do, as it would be in a cluster that has begun honestly.
    for (const [i, node] of honest.slice(0, 7).entries()) publish(node, 10 + i);
    const names = honest.map((node) => crowd.peers.nameOf(node));
    for (const [i, node] of honest.slice(1, 7).entries()) {
      const reached = got.get(`${crowd.peers.nameOf(node)} 1 ${11 + i}`) ?? new Set();
      expect(names.filter((name) => !reached.has(name))).toEqual([]);
    }
    expect(crowd.drops["graftOfUnknown"]).toBeGreaterThan(100);
    expect(crowd.drops["tooManyMissing"]).toBeGreaterThan(1000);
    for (const node of honest) {
      const { missing } = (crowd.tenant(node, 1) as Plumtree).save();
      expect(missing.missing.length).toBeLessThanOrEqual(MAX_MISSING);
    }
  },
  TEST_MS,
);

test(
  "views full of the dead do not take the place of neighbours, and everybody is still reached",
  () => {
    const dead: { name: string; address: Address }[] = [];
    const { crowd, got, honest, publish } = crowdOf({ hyparview: hyparviewLies(dead) }, 40);
    for (let node = N as PeerId; node < N + 40; node++) {
      dead.push({ name: crowd.peers.nameOf(node), address: crowd.peers.addressOf(node) });
    }
    crowd.run(30_000);
    for (const node of honest) {
      const { active, passive } = crowd.tenant(node, 0) as HyParView;
      expect(active.members.filter((peer) => peer >= N)).toEqual([]);
      expect(passive.members.length).toBeLessThanOrEqual(30);
    }
    for (const node of honest.slice(0, 5)) publish(node, 7);
    for (const node of honest.slice(0, 5)) {
      const reached = got.get(`${crowd.peers.nameOf(node)} 1 7`) ?? new Set();
      const names = honest.map((one) => crowd.peers.nameOf(one));
      expect(names.filter((name) => !reached.has(name))).toEqual([]);
    }
    // Passive views are theirs by now: the page on HyParView says so.
    const spares = honest.flatMap((node) => (crowd.tenant(node, 0) as HyParView).passive.members);
    expect(spares.some((peer) => peer >= N)).toBe(true);
  },
  TEST_MS,
);
