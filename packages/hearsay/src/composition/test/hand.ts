/**
 * Machines driven by hand: every effect of one becomes an input of another, at once and in order, with no
 * clock and no network between. For tests of the composition itself; clusters live in `sim/`.
 */
import { Sfc32 } from "../../kernel/index.ts";
import type { Address, Instant, NodeEvent, Rng, StreamId } from "../../kernel/index.ts";
import type { NodeInput } from "../host.ts";
import type { NodeMachine } from "../node-machine.ts";
import { RecordedNodeEffects } from "../recording.ts";

interface End {
  readonly machine: NodeMachine;
  readonly stream: StreamId;
}

interface Delivery {
  readonly to: NodeMachine;
  readonly input: NodeInput;
}

export class Hand {
  now = 0 as Instant;
  readonly events: { readonly node: string; readonly event: NodeEvent }[] = [];
  /** Deliveries that wait: set `hold` to look at them or lose them before they are made. */
  readonly waiting: Delivery[] = [];
  hold = false;
  readonly #machines: readonly NodeMachine[];
  readonly #rng = new Sfc32(1);
  readonly #far = new Map<string, End>();
  readonly #finished = new Set<string>();
  #accepted = 0;

  constructor(...machines: NodeMachine[]) {
    this.#machines = machines;
  }

  start(): void {
    for (const machine of this.#machines) this.give(machine, { type: "start" });
  }

  /** One input to one machine, and all that follows from it. */
  give(machine: NodeMachine, input: NodeInput): void {
    const effects = new RecordedNodeEffects();
    machine.handle(input, this.now, this.#rng, effects);
    for (const effect of effects.take()) {
      switch (effect.type) {
        case "datagram": {
          const bytes = new Uint8Array(effect.packet.size);
          effect.packet.encodeInto(bytes, 0);
          this.#queue(effect.to, { type: "datagram", from: machine.address, bytes });
          break;
        }
        case "open":
          this.#open(machine, effect.stream, effect.to);
          break;
        case "write":
          this.#toFarEnd(machine, effect.stream, (stream) => {
            return { type: "chunk", stream, bytes: effect.bytes };
          });
          this.waiting.push({ to: machine, input: { type: "writable", stream: effect.stream } });
          break;
        case "finish":
          this.#toFarEnd(machine, effect.stream, (stream) => ({ type: "ended", stream }));
          this.#finished.add(key(machine, effect.stream));
          break;
        case "abort":
          this.#toFarEnd(machine, effect.stream, (stream) => {
            return { type: "failed", stream, reason: "reset" };
          });
          this.#far.delete(key(machine, effect.stream));
          break;
        case "notify":
          this.events.push({ node: machine.name, event: effect.event });
          break;
      }
    }
    if (!this.hold) this.flush();
  }

  /** Makes the deliveries that wait, and those that they cause. */
  flush(): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      this.give(next.to, next.input);
    }
  }

  /** The same, but streams do not wait for each other: what is next of any of them may come first. */
  flushCrosswise(rng: Rng): void {
    while (this.waiting.length > 0) {
      const heads = new Map<string, number>();
      for (const [i, { to, input }] of this.waiting.entries()) {
        const lane = "stream" in input ? key(to, input.stream) : `${i}`;
        if (!heads.has(lane)) heads.set(lane, i);
      }
      const choice = [...heads.values()][rng.below(heads.size)] as number;
      const [next] = this.waiting.splice(choice, 1) as [Delivery];
      this.give(next.to, next.input);
    }
  }

  /** Lets time pass; deadlines are kept in order. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [first] = [...this.#machines].sort((a, b) => a.deadline - b.deadline);
      if (first === undefined || first.deadline > end) break;
      this.now = Math.max(this.now, first.deadline) as Instant;
      this.give(first, { type: "timeout" });
    }
    this.now = end as Instant;
  }

  #open(machine: NodeMachine, stream: StreamId, to: Address): void {
    const other = this.#machines.find(({ address }) => address === to);
    if (other === undefined) {
      this.waiting.push({ to: machine, input: { type: "failed", stream, reason: "refused" } });
      return;
    }
    const accepted = -++this.#accepted as StreamId;
    this.#far.set(key(machine, stream), { machine: other, stream: accepted });
    this.#far.set(key(other, accepted), { machine, stream });
    this.waiting.push({
      to: other,
      input: { type: "accepted", stream: accepted, from: machine.address },
    });
    this.waiting.push({ to: machine, input: { type: "opened", stream } });
  }

  #queue(to: Address, input: NodeInput): void {
    const other = this.#machines.find(({ address }) => address === to);
    if (other !== undefined) this.waiting.push({ to: other, input });
  }

  #toFarEnd(machine: NodeMachine, stream: StreamId, input: (stream: StreamId) => NodeInput): void {
    const far = this.#far.get(key(machine, stream));
    if (far !== undefined) this.waiting.push({ to: far.machine, input: input(far.stream) });
  }
}

function key(machine: NodeMachine, stream: StreamId): string {
  return `${machine.name} ${stream}`;
}
