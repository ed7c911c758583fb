import { expect, test } from "vitest";
import { channelMessage } from "../codec/index.ts";
import { NEVER, parseAddress, parseChannels, Sfc32 } from "../kernel/index.ts";
import type {
  Channel,
  Instant,
  Message,
  PeerId,
  Rng,
  Tenant,
  TenantEffects,
  TenantInput,
  TenantWire,
} from "../kernel/index.ts";
import { NodeMachine } from "./node-machine.ts";
import { PeerTable } from "./peer-table.ts";
import { RecordedNodeEffects } from "./recording.ts";

interface Rumour extends Message {
  readonly type: "rumour";
}

const RUMOUR = channelMessage<Rumour>("r" as Channel, 1, "rumour", {});

const STRANGER = parseAddress("192.0.2.9:4711");

/** Does what each command says, and notes what it hears of news. */
class Teller implements Tenant<Rumour> {
  readonly name = "teller";
  readonly wire: TenantWire<Rumour> = { channel: "r" as Channel, messages: [RUMOUR] };
  readonly deadline: Instant = NEVER;
  readonly heard: boolean[] = [];
  readonly #listener: PeerId;

  constructor(listener: PeerId) {
    this.#listener = listener;
  }

  handle(
    input: TenantInput<Rumour>,
    _now: Instant,
    _rng: Rng,
    effects: TenantEffects<Rumour>,
  ): void {
    if (input.type === "news") this.heard.push(input.waiting);
    if (input.type !== "command") return;
    if (input.command.type === "offer") effects.offer({ type: "rumour" }, 1, "");
    else if (input.command.type === "send") effects.send(this.#listener, { type: "rumour" });
    else if (input.command.type === "sendTo") effects.sendTo(STRANGER, { type: "rumour" }, "alone");
    else effects.gossip(this.#listener);
  }
}

function tellerNode() {
  const peers = new PeerTable();
  const other = peers.intern("b", parseAddress("10.0.0.2:1"));
  peers.setChannels(other, parseChannels("r"));
  const teller = new Teller(other);
  const tenants = [teller as unknown as Tenant];
  const address = parseAddress("10.0.0.1:1");
  const machine = new NodeMachine({ name: "a", address, peers, tenants });
  const rng = new Sfc32(1);
  const effects = new RecordedNodeEffects();
  const command = (type: string): readonly boolean[] => {
    const input = { type: "command", tenant: "teller", command: { type } } as const;
    machine.handle(input, 0 as Instant, rng, effects);
    return teller.heard.splice(0);
  };
  machine.handle({ type: "start" }, 0 as Instant, rng, effects);
  expect(teller.heard.splice(0)).toEqual([false]);
  return { command, effects };
}

test("a tenant is told when the first news waits, and when the last has gone", () => {
  const { command } = tellerNode();
  expect(command("offer")).toEqual([true]);
  expect(command("offer")).toEqual([]);
  expect(command("gossip")).toEqual([false]);
  expect(command("gossip")).toEqual([]);
});

test("who is answered alone gets no news, and takes none away from others", () => {
  const { command, effects } = tellerNode();
  command("offer");
  expect(command("sendTo")).toEqual([]);
  expect(command("send")).toEqual([false]);
  const rumours = effects.take().flatMap((effect) => {
    return effect.type === "datagram" ? [[effect.to, 1 + effect.packet.more.length]] : [];
  });
  expect(rumours).toEqual([
    [STRANGER, 1],
    ["10.0.0.2:1", 2],
  ]);
});
