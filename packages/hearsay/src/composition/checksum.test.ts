import { expect, test } from "vitest";
import { NEVER, parseAddress, Sfc32 } from "../kernel/index.ts";
import type {
  Incarnation,
  Instant,
  PeerId,
  ProbeSeq,
  Rng,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import { MEMBERSHIP_MESSAGES } from "../membership/index.ts";
import type { MembershipMessage } from "../membership/index.ts";
import { NodeMachine } from "./node-machine.ts";
import { PeerTable } from "./peer-table.ts";
import { RecordedNodeEffects } from "./recording.ts";

const ACK: MembershipMessage = { type: "ack", seq: 1 as ProbeSeq, payload: undefined };
const SUSPECT: MembershipMessage = {
  type: "suspect",
  incarnation: 1 as Incarnation,
  node: "c",
  from: "a",
};

/** Sends, offers and gossips as each command says. */
class Speaker implements Tenant<MembershipMessage> {
  readonly name = "speaker";
  readonly wire: TenantWire<MembershipMessage> = { messages: MEMBERSHIP_MESSAGES };
  readonly deadline: Instant = NEVER;
  readonly #listener: PeerId;

  constructor(listener: PeerId) {
    this.#listener = listener;
  }

  handle(
    input: TenantInput<MembershipMessage>,
    _now: Instant,
    _rng: Rng,
    effects: TenantEffects<MembershipMessage>,
  ): void {
    if (input.type !== "command") return;
    if (input.command.type === "ack") effects.send(this.#listener, ACK);
    else if (input.command.type === "suspect") effects.send(this.#listener, SUSPECT);
    else if (input.command.type === "offer") effects.offer(SUSPECT, 1, "c");
    else effects.gossip(this.#listener);
  }
}

test("whatever tells something of somebody is checked; a lone probe is not", () => {
  const peers = new PeerTable();
  const listener = peers.intern("b", parseAddress("10.0.0.2:1"));
  peers.setChecksums(listener, true);
  const tenants = [new Speaker(listener) as unknown as Tenant];
  const address = parseAddress("10.0.0.1:1");
  const machine = new NodeMachine({ name: "a", address, peers, tenants });
  const effects = new RecordedNodeEffects();
  const say = (...commands: readonly string[]): unknown => {
    for (const type of commands) {
      const input = { type: "command", tenant: "speaker", command: { type } } as const;
      machine.handle(input, 0 as Instant, new Sfc32(1), effects);
    }
    return effects.take().map((effect) => effect.type === "datagram" && effect.checksum);
  };
  expect(say("ack")).toEqual([false]);
  expect(say("suspect")).toEqual([true]);
  expect(say("offer", "ack")).toEqual([true]);
  expect(say("offer", "gossip")).toEqual([true]);
  peers.setChecksums(listener, false);
  expect(say("suspect")).toEqual([false]);
});
