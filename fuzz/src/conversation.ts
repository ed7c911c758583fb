/**
 * Three houses talk, by hand and in virtual time; all that they say is written down.
 * @module
 */
import type { NodeEffect, NodeInput } from "hearsay/composition";
import type { Address, Instant, StreamId } from "hearsay/kernel";
import { House, KEYED_KIND, MAP_OPTIONS, WALL_MS } from "./house.ts";
import type { SavedHouse } from "./house.ts";
import { once } from "./once.ts";
import { bytesOf } from "./packet-bytes.ts";

export interface Conversation {
  /** Each datagram once. */
  readonly packets: readonly Uint8Array[];
  /** What the dialer of each stream wrote, and what was answered. */
  readonly streams: readonly Uint8Array[];
  /** The first house as it stands at the end. */
  readonly house: SavedHouse;
  readonly now: Instant;
}

export const HOUSE = { name: "ann", address: "10.0.0.1:7946" as Address };
const NEIGHBOURS = [
  HOUSE,
  { name: "bob", address: "10.0.0.2:7946" as Address },
  { name: "eve", address: "10.0.0.3:7946" as Address },
];

const TALK_MS = 6000;

const hello = new TextEncoder().encode("hello");

/** What applications ask for, and when. */
const COMMANDS: readonly (readonly [at: number, house: number, tenant: string, command: object])[] =
  [
    [0, 1, "membership", { type: "join", id: 1, addresses: [NEIGHBOURS[0]?.address] }],
    [0, 2, "membership", { type: "join", id: 1, addresses: [NEIGHBOURS[0]?.address] }],
    [100, 0, "hyparview", { type: "join", contacts: [NEIGHBOURS[1], NEIGHBOURS[2]] }],
    [100, 1, "peerSampling", { type: "join", contacts: [NEIGHBOURS[0], NEIGHBOURS[2]] }],
    [200, 0, "membership", { type: "setTags", id: 2, tags: new Map([["role", "db"]]) }],
    [1000, 0, "messaging", { type: "send", id: 3, to: "bob", payload: hello, reliable: true }],
    [1000, 0, "messaging", { type: "send", id: 4, to: "bob", payload: hello, reliable: false }],
    [1000, 1, "messaging", { type: "broadcast", payload: hello }],
    [1000, 1, "membership", { type: "ping", id: 5, name: "ann" }],
    ...["plumtree", "flood", "rumor", "mail", "coordinated", "tree"].flatMap((tenant) =>
      [1500, 1600, 2500].map(
        (at) => [at, at % 3, tenant, { type: "publish", topic: "t", payload: hello }] as const,
      ),
    ),
    [
      1500,
      0,
      "averaging",
      { type: "contribute", aggregate: "load", value: 3, leads: true, bounds: [0, 9] },
    ],
    [1500, 1, "averaging", { type: "contribute", aggregate: "load", value: 4, bounds: [0, 9] }],
    [1000, 0, "state", { type: "set", key: "load", value: hello, ttlMs: 0 }],
    [1000, 1, "state", { type: "set", key: "gone", value: hello, ttlMs: 2000 }],
    [2000, 1, "state", { type: "set", key: "load", value: hello, ttlMs: 0 }],
    [2500, 0, "state", { type: "delete", key: "load" }],
    ...[0, 1, 2].flatMap((house) => storeCommands(house)),
  ];

/** Two stores of a house, and what an application does with them. */
function storeCommands(house: number): (readonly [number, number, string, object])[] {
  const own = NEIGHBOURS[house]?.name;
  const tenant = "antiEntropy";
  const options = { ...MAP_OPTIONS, replica: `${own}.1` };
  const mutate = (store: string, mutation: object) => {
    return { type: "mutate", id: 8, store, mutation, wallMs: WALL_MS };
  };
  const set = { type: "set", key: `of ${own}`, value: hello, awaited: undefined };
  return [
    [500, house, tenant, { type: "open", id: 6, store: "map", kind: "lwwMap", options }],
    [500, house, tenant, { type: "open", id: 6, store: "~or~map", kind: "orMap", options }],
    [500, house, tenant, { type: "open", id: 6, store: "~sum~map", kind: "pnCounter", options }],
    [900, house, tenant, mutate("~or~map", { ...set, key: "all" })],
    [
      900,
      house,
      tenant,
      mutate("~sum~map", { type: "add", amount: house - 1, awaited: undefined }),
    ],
    [1900, house, tenant, mutate("~or~map", { ...set, key: "all" })],
    [500, house, tenant, { type: "open", id: 7, store: "keyed", kind: KEYED_KIND }],
    [1000 + 300 * house, house, tenant, mutate("map", set)],
    [1500, house, tenant, mutate("map", { type: "delete", key: "of ann", awaited: undefined })],
    [
      1000 + 300 * house,
      house,
      tenant,
      mutate("keyed", { type: "set", key: `${own}`, value: "1" }),
    ],
    [2000, house, tenant, mutate("keyed", { type: "delete", key: "ann" })],
    [3000, house, tenant, { type: "reconcile", id: 9, store: house === 0 ? "map" : "keyed" }],
  ];
}

interface End {
  readonly house: number;
  readonly stream: StreamId;
}

/** The same for all who ask. */
export const conversation: () => Conversation = once(() => new Talk().run());

class Talk {
  readonly #houses = NEIGHBOURS.map(({ name, address }) => new House(name, address, 0 as Instant));
  readonly #packets = new Map<string, Uint8Array>();
  readonly #streams = new Map<string, Uint8Array[]>();
  /** The other end of each. */
  readonly #ends = new Map<string, End>();
  readonly #waiting: { readonly house: number; readonly input: NodeInput }[] = [];
  #accepted = 0;

  run(): Conversation {
    for (const i of this.#houses.keys()) this.#tell(i, { type: "start" });
    for (let now = 0; now < TALK_MS; now += 10) {
      for (const house of this.#houses) house.now = now as Instant;
      for (const [at, house, tenant, command] of COMMANDS) {
        if (at === now) this.#command(house, tenant, command);
      }
      for (const [i, { machine }] of this.#houses.entries()) {
        if (machine.deadline <= now) this.#tell(i, { type: "timeout" });
      }
      this.#settle();
    }
    const [house] = this.#houses as [House];
    return {
      packets: [...this.#packets.values()],
      streams: [...this.#streams.values()].map(joined),
      house: house.save(),
      now: house.now,
    };
  }

  #command(house: number, tenant: string, command: object): void {
    this.#tell(house, { type: "command", tenant, command: command as { type: string } });
  }

  #tell(house: number, input: NodeInput): void {
    this.#waiting.push({ house, input });
  }

  #settle(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { house, input } = next;
      for (const effect of this.#houses[house]?.handle(input) ?? []) this.#do(house, effect);
    }
  }

  #do(house: number, effect: NodeEffect): void {
    const from = NEIGHBOURS[house]?.address as Address;
    switch (effect.type) {
      case "datagram": {
        const bytes = bytesOf(effect.packet);
        this.#packets.set(String(bytes), bytes);
        return this.#tell(houseAt(effect.to), { type: "datagram", from, bytes });
      }
      case "open": {
        const to = houseAt(effect.to);
        const stream = -++this.#accepted as StreamId;
        this.#ends.set(`${house} ${effect.stream}`, { house: to, stream });
        this.#ends.set(`${to} ${stream}`, { house, stream: effect.stream });
        this.#tell(to, { type: "accepted", stream, from });
        return this.#tell(house, { type: "opened", stream: effect.stream });
      }
      case "write": {
        const { bytes, stream } = effect;
        const said = this.#streams.get(`${house} ${stream}`);
        if (said === undefined) this.#streams.set(`${house} ${stream}`, [bytes.slice()]);
        else said.push(bytes.slice());
        this.#pass(house, stream, (other) => ({ type: "chunk", stream: other, bytes }));
        return this.#tell(house, { type: "writable", stream });
      }
      case "finish":
        return this.#pass(house, effect.stream, (stream) => ({ type: "ended", stream }));
      case "abort":
        return this.#pass(house, effect.stream, (stream) => ({
          type: "failed",
          stream,
          reason: "reset",
        }));
      case "notify":
    }
  }

  #pass(house: number, stream: StreamId, input: (other: StreamId) => NodeInput): void {
    const end = this.#ends.get(`${house} ${stream}`);
    if (end !== undefined) this.#tell(end.house, input(end.stream));
  }
}

function houseAt(address: Address): number {
  return NEIGHBOURS.findIndex((house) => house.address === address);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
