import { describe, expect, test } from "vitest";
import { encode } from "../kernel/index.ts";
import type { Address, ExchangeId, ExchangeInput, Instant, ProbeSeq } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import { MEMBERSHIP_PRESETS } from "./config.ts";
import { PushPull } from "./push-pull.ts";
import type { PushPullEffects } from "./push-pull.ts";
import type { ExchangeFailure } from "./state-check.ts";
import { StateWriter } from "./state-stream.ts";
import { fixedRng } from "./test/fixed-rng.ts";
import { memberNamed } from "./test/members.ts";
import { ERROR_REPLY, PING } from "./wire.ts";

const { tiny } = MEMBERSHIP_PRESETS;
const exchange = (id: number) => id as ExchangeId;
const at = (ms: number) => ms as Instant;

interface Scene {
  readonly own?: number;
  readonly target?: string;
  readonly known?: number;
  readonly failure?: ExchangeFailure;
  readonly config?: Partial<MembershipConfig>;
}

/** The state of `count` members called `<prefix>0`, `<prefix>1`, …, two rows a piece. */
function stateOf(prefix: string, count: number, join = false): Uint8Array[] {
  const members = Array.from({ length: count }, (_, i) => memberNamed(`${prefix}${i}`));
  const writer = new StateWriter(members, 2, join);
  const pieces: Uint8Array[] = [];
  while (!writer.isDone) pieces.push(writer.next().encode());
  return pieces;
}

/** A node that knows five members, and its streams as lines. */
function pushPullOf({ own = 5, target, known = 5, failure, config }: Scene = {}) {
  let lines: string[] = [];
  const written: number[] = [];
  const effects: PushPullEffects = {
    dial: (id, to) => lines.push(`dial ${to} as ${id}`),
    write: (id, bytes) => {
      written.push(...bytes);
      lines.push(`write on ${id}`);
    },
    writePart: (id, part) => effects.write(id, part.encode()),
    finish: (id) => lines.push(`finish ${id}`),
    abort: (id) => lines.push(`abort ${id}`),
    drop: (reason) => lines.push(`drop ${reason}`),
    merge: ({ rows, join }, from) => {
      const names = rows.map((row) => row.name).join(" ");
      lines.push(`merge ${names} of ${from}${join ? ", joining" : ""}`);
    },
    exchanged: (id, why) => lines.push(`exchanged ${id}: ${why?.reason ?? "fine"}`),
  };
  const members = Array.from({ length: own }, (_, i) => memberNamed(`own${i}`));
  const pushPull = new PushPull(
    { ...tiny, ...config },
    {
      name: "a",
      limits: tiny,
      isOnlyWay: () => false,
      known: () => known,
      exchangeTarget: () => target as Address | undefined,
      openState: (join) => new StateWriter(members, 2, join),
      member: (name) => members.find(({ said }) => said.node === name),
      check: () => failure,
    },
  );
  const run = (act: () => void) => {
    lines = [];
    act();
    return lines;
  };
  return {
    pushPull,
    written,
    open: (ms: number, to: string) =>
      run(() => pushPull.open(to as Address, true, at(ms), effects)),
    tell: (input: ExchangeInput, ms = 0) =>
      run(() => pushPull.handleExchange(input, at(ms), effects)),
    chunks: (id: number, pieces: readonly Uint8Array[]) =>
      run(() => {
        for (const bytes of pieces) {
          pushPull.handleExchange({ type: "chunk", exchange: exchange(id), bytes }, at(0), effects);
        }
      }),
    timeout: (ms: number) => run(() => pushPull.handleTimeout(at(ms), fixedRng, effects)),
  };
}

describe("whoever dials", () => {
  test("tells its state piece by piece, hears the other's, and takes it over", () => {
    const { open, tell, chunks, written, pushPull } = pushPullOf();
    expect(open(0, "b:1")).toEqual(["dial b:1 as 1"]);
    expect(tell({ type: "opened", exchange: exchange(1) })).toEqual(["write on 1"]);
    expect(tell({ type: "writable", exchange: exchange(1) })).toEqual(["write on 1"]);
    expect(tell({ type: "writable", exchange: exchange(1) })).toEqual(["write on 1"]);
    expect(tell({ type: "writable", exchange: exchange(1) })).toEqual([]);
    expect(Uint8Array.from(written)).toEqual(
      Uint8Array.from(stateOf("own", 5, true).flatMap((piece) => Array.from(piece))),
    );
    expect(chunks(1, stateOf("b", 3))).toEqual([
      "finish 1",
      "merge b0 b1 b2 of b:1",
      "exchanged 1: fine",
    ]);
    expect(pushPull.size).toBe(0);
    expect(tell({ type: "ended", exchange: exchange(1) })).toEqual([]);
  });

  test("hears why it was refused", () => {
    const { open, chunks, tell } = pushPullOf();
    open(0, "b:1");
    tell({ type: "opened", exchange: exchange(1) });
    const refusal = encode(ERROR_REPLY, { type: "err", error: "too busy" });
    expect(chunks(1, [refusal])).toEqual(["abort 1", "exchanged 1: remoteError"]);
  });

  test.each(["refused", "reset", "timedOut"] as const)("learns that the stream %s", (reason) => {
    const { open, tell } = pushPullOf();
    open(0, "b:1");
    expect(tell({ type: "failed", exchange: exchange(1), reason })).toEqual([
      `exchanged 1: ${reason}`,
    ]);
  });

  test("takes over nothing of a state that ends too early, is garbage, or is no state", () => {
    const cut = pushPullOf();
    cut.open(0, "b:1");
    const [first] = stateOf("b", 4) as [Uint8Array];
    expect(cut.chunks(1, [first])).toEqual([]);
    expect(cut.tell({ type: "ended", exchange: exchange(1) })).toEqual([
      "abort 1",
      "exchanged 1: closed",
    ]);
    const garbage = pushPullOf();
    garbage.open(0, "b:1");
    expect(garbage.chunks(1, [Uint8Array.of(6, 0xc1, 1, 2)])).toEqual([
      "drop malformed",
      "abort 1",
      "exchanged 1: malformed",
    ]);
    const ping = pushPullOf();
    ping.open(0, "b:1");
    expect(ping.chunks(1, [pingOf("a")])).toEqual([
      "drop misplacedType",
      "abort 1",
      "exchanged 1: malformed",
    ]);
  });

  test("merges nothing of a state that breaks a rule", () => {
    const { open, chunks } = pushPullOf({ failure: { reason: "incompatible" } });
    open(0, "b:1");
    expect(chunks(1, stateOf("b", 1))).toEqual([
      "finish 1",
      "drop incompatibleState",
      "exchanged 1: incompatible",
    ]);
  });

  test("gives up when its time is over", () => {
    const { open, timeout, pushPull } = pushPullOf();
    open(0, "b:1");
    expect(pushPull.deadline).toBe(200);
    expect(timeout(199)).toEqual([]);
    expect(timeout(200)).toEqual(["abort 1", "exchanged 1: timedOut"]);
  });
});

describe("whoever accepts", () => {
  const accepted = { type: "accepted", exchange: exchange(-1), from: "b:9" as Address } as const;

  test("answers before it merges, and echoes whether it is a join", () => {
    const { tell, chunks, written, pushPull } = pushPullOf({ own: 3 });
    expect(tell(accepted)).toEqual([]);
    expect(chunks(-1, stateOf("b", 3, true))).toEqual(["write on -1"]);
    expect(tell({ type: "writable", exchange: exchange(-1) })).toEqual([
      "write on -1",
      "finish -1",
      "merge b0 b1 b2 of b:9, joining",
    ]);
    expect(Uint8Array.from(written)).toEqual(
      Uint8Array.from(stateOf("own", 3, true).flatMap((piece) => Array.from(piece))),
    );
    expect(pushPull.size).toBe(0);
  });

  test("answers a state that it then refuses", () => {
    const { tell, chunks } = pushPullOf({ own: 1, failure: { reason: "malformed" } });
    tell(accepted);
    expect(chunks(-1, stateOf("b", 1))).toEqual([
      "write on -1",
      "finish -1",
      "drop malformedState",
    ]);
  });

  test("does not wait for the end of the other's stream, nor mind it", () => {
    const { tell, chunks } = pushPullOf({ own: 3 });
    tell(accepted);
    chunks(-1, stateOf("b", 1));
    expect(tell({ type: "ended", exchange: exchange(-1) })).toEqual([]);
    expect(tell({ type: "writable", exchange: exchange(-1) })).toEqual([
      "write on -1",
      "finish -1",
      "merge b0 of b:9",
    ]);
  });

  test("answers a ping for itself and is silent to one for another", () => {
    const { tell, chunks, written } = pushPullOf();
    tell(accepted);
    expect(chunks(-1, [pingOf("a")])).toEqual(["write on -1", "finish -1"]);
    expect(written.slice(0, 2)).toEqual([2, 0x82]);
    tell(accepted);
    expect(chunks(-1, [pingOf("b")])).toEqual(["drop pingOfAnother", "finish -1"]);
    tell(accepted);
    expect(chunks(-1, [pingOf("")])).toEqual(["write on -1", "finish -1"]);
  });

  test("takes no more than its share at a time, and counts the rest", () => {
    const { tell, timeout, pushPull } = pushPullOf();
    const open = (id: number, ms: number) => tell({ ...accepted, exchange: exchange(id) }, ms);
    expect([open(-1, 0), open(-2, 100)]).toEqual([[], []]);
    expect(open(-3, 150)).toEqual(["drop tooManyExchanges", "abort -3"]);
    expect(timeout(200)).toEqual(["abort -1"]);
    expect(pushPull.size).toBe(1);
    expect(open(-4, 200)).toEqual([]);
  });

  test("holds no more bytes of unfinished states than its limit, all streams together", () => {
    const [first, second] = stateOf("m", 5) as [Uint8Array, Uint8Array];
    const maxInboundBytes = 2 * first.length;
    const { tell, chunks, pushPull } = pushPullOf({ config: { maxInboundBytes } });
    for (const id of [-1, -2]) tell({ ...accepted, exchange: exchange(id) });
    chunks(-1, [first]);
    chunks(-2, [first]);
    expect(chunks(-2, [second])).toEqual(["drop tooManyInboundBytes", "abort -2"]);
    expect(pushPull.size).toBe(1);
    // The bytes of the one that was cut off are free again.
    tell({ ...accepted, exchange: exchange(-3) });
    expect(chunks(-3, [first])).toEqual([]);
  });
});

describe("the schedule", () => {
  test("asks one member at random each interval, longer in a large cluster", () => {
    const { pushPull, timeout } = pushPullOf({ target: "c:1", known: 65 });
    pushPull.start(at(0), fixedRng);
    expect(timeout(0)).toEqual(["dial c:1 as 1"]);
    expect(timeout(200)).toEqual(["abort 1", "exchanged 1: timedOut"]);
    expect(timeout(2999)).toEqual([]);
    expect(timeout(3000)).toEqual(["dial c:1 as 2"]);
  });

  test("alone it asks nobody, and stopped it asks no more", () => {
    const alone = pushPullOf({ known: 1 });
    alone.pushPull.start(at(0), fixedRng);
    expect(alone.timeout(0)).toEqual([]);
    expect(alone.pushPull.deadline).toBe(1000);
    const stopped = pushPullOf({ target: "c:1" });
    stopped.pushPull.start(at(0), fixedRng);
    stopped.pushPull.stop();
    expect(stopped.timeout(9999)).toEqual([]);
  });
});

function pingOf(node: string): Uint8Array {
  return encode(PING, {
    type: "ping",
    seq: 7 as ProbeSeq,
    node,
    sourceAddr: new Uint8Array(0),
    sourcePort: 0,
    sourceNode: "",
  });
}
