import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecodeError } from "../kernel/index.ts";
import { MAX_SEALED_PART_BYTES } from "./sealed-sequence.ts";
import type { Sealing } from "./sealed-envelope.ts";
import { StreamEnvelope } from "./stream-envelope.ts";
import type { WrappedStream } from "./stream-envelope.ts";
import { StreamMessageEnd } from "./stream-message-end.ts";
import { MAX_SEALED_STREAM_BYTES, MAX_UNOPENED_BYTES } from "./stream-opener.ts";
import { allocated, chunked, MIB, refusal } from "./test/limits.ts";
import { labelRule, sealing, testKey } from "./test/sealing.ts";
import { fromHex, loadVectors, toHex } from "./test/vectors.ts";

const PING = fromHex("0082a44e6f6465a26e31a55365714e6f01");
const ACK = fromHex("0282a75061796c6f6164c0a55365714e6f01");
const LINK = fromHex("e1");
const CIPHER = "0102030405060708090a0b0c0d0e0f10".repeat(3);

const key = testKey(1);

function envelope(
  how: Partial<Sealing> | undefined = {},
  label = "dc1",
  keys = [key],
): StreamEnvelope {
  return new StreamEnvelope(labelRule(label), sealing(keys, how));
}

function plainEnvelope(label = ""): StreamEnvelope {
  return new StreamEnvelope(labelRule(label));
}

/** A dialer's and an acceptor's side of one stream. */
function pair(a = envelope(), b = a): { dialer: WrappedStream; acceptor: WrappedStream } {
  return { dialer: a.begin("dialer"), acceptor: b.begin("acceptor") };
}

const said = (stream: WrappedStream, ...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => stream.seal(part) as Uint8Array)));

function errorOf(run: () => unknown): DecodeError {
  try {
    run();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error("not refused");
}

/** The text of an err reply in plain. */
const errText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(8))
    .toString()
    .replace(/^[^A-Z]*/, "");

describe("without label and keys", () => {
  test("streams pass through", () => {
    const { dialer, acceptor } = pair(plainEnvelope());
    expect(dialer.seal(PING)).toBe(PING);
    expect(acceptor.open(PING)).toEqual(PING);
    const chunk = fromHex("f4");
    expect(acceptor.open(chunk)).toBe(chunk);
    expect(acceptor.seal(ACK)).toBe(ACK);
    expect(dialer.finish()).toHaveLength(0);
    expect(() => acceptor.ended()).not.toThrow();
  });

  test("a label and a frame are refused by name, and the frame is answered as memberlist does", () => {
    const labelled = plainEnvelope().begin("acceptor");
    const error = errorOf(() => labelled.open(fromHex("f403646331")));
    expect(error.reason).toBe("unexpectedLabel");
    expect(labelled.refuse(error)).toHaveLength(0);
    const sealed = plainEnvelope().begin("acceptor");
    const other = errorOf(() => sealed.open(fromHex("0a00000089")));
    expect(other.reason).toBe("encrypted");
    expect(errText(sealed.refuse(other))).toBe(
      "Remote state is encrypted and encryption is not configured",
    );
  });
});

describe("a label alone", () => {
  test("goes before what the dialer says, and is not in the answer", () => {
    const { dialer, acceptor } = pair(plainEnvelope("dc1"));
    const bytes = said(dialer, PING, PING);
    expect(toHex(bytes)).toBe(`f403646331${toHex(PING)}${toHex(PING)}`);
    const heard = [...chunked(bytes, [1])].map((chunk) => acceptor.open(chunk));
    expect(toHex(Buffer.concat(heard))).toBe(toHex(PING) + toHex(PING));
    expect(acceptor.seal(ACK)).toBe(ACK);
    expect(toHex(dialer.open(ACK))).toBe(toHex(ACK));
  });

  test("keeps clusters apart without a word", () => {
    const cases = [
      ["dc1", "dc2", "wrongLabel"],
      ["", "dc2", "missingLabel"],
      ["dc1", "", "unexpectedLabel"],
    ] as const;
    for (const [theirs, ours, reason] of cases) {
      const { dialer, acceptor } = pair(plainEnvelope(theirs), plainEnvelope(ours));
      const error = errorOf(() => acceptor.open(said(dialer, PING)));
      expect(error.reason).toBe(reason);
      expect(acceptor.refuse(error)).toHaveLength(0);
    }
  });

  test("may be checked by a front end", () => {
    const inside = new StreamEnvelope(labelRule("dc1", true), sealing([key]));
    const { dialer, acceptor } = pair(envelope(), inside);
    const bytes = said(dialer, PING);
    expect(refusal(() => acceptor.open(bytes))).toBe("unexpectedLabel");
    expect(toHex(inside.begin("acceptor").open(bytes.subarray(5)))).toBe(toHex(PING));
  });
});

describe("a message of memberlist's", () => {
  test("is one frame each way, however it is written and heard", () => {
    for (const version of [0, 1] as const) {
      const { dialer, acceptor } = pair(envelope({ version }));
      const parts = [...chunked(PING, [3])].map((part) => dialer.seal(part) as Uint8Array);
      expect(parts.slice(0, -1).every((part) => part.length === 0)).toBe(true);
      const bytes = parts.at(-1) as Uint8Array;
      expect(toHex(bytes.subarray(0, 6))).toBe("f4036463310a");
      const heard = [...chunked(bytes, [1])].map((chunk) => acceptor.open(chunk));
      expect(toHex(Buffer.concat(heard))).toBe(toHex(PING));
      const answer = said(acceptor, ACK);
      expect(answer[0]).toBe(0x0a);
      expect(toHex(dialer.open(answer))).toBe(toHex(ACK));
      expect([dialer.finish().length, acceptor.finish().length]).toEqual([0, 0]);
      // Nothing is read behind a frame, and an end is no surprise.
      expect(dialer.open(PING)).toHaveLength(0);
      expect(() => dialer.ended()).not.toThrow();
    }
  });

  test("that is cut off by its writer is sent as far as it goes", () => {
    const { dialer, acceptor } = pair();
    expect(dialer.seal(PING.subarray(0, 9))).toHaveLength(0);
    expect(toHex(acceptor.open(dialer.finish()))).toBe(toHex(PING.subarray(0, 9)));
  });

  test("is not larger than memberlist reads", () => {
    const dialer = envelope().begin("dialer");
    expect(dialer.seal(fromHex("0881aa557365724d73674c656ece02000000"))).toHaveLength(0);
    expect(dialer.seal(new Uint8Array(MAX_SEALED_STREAM_BYTES - 60))).toHaveLength(0);
    expect(dialer.seal(new Uint8Array(60))).toBeUndefined();
  });

  test("is refused by what is wrong with it, and the dialer is told", () => {
    const other = [testKey(2)];
    const cases = [
      [
        said(envelope({}, "dc1", other).begin("dialer"), PING),
        "undecryptable",
        "No installed keys",
      ],
      [
        said(plainEnvelope("dc1").begin("dialer"), PING),
        "notEncrypted",
        "Encryption is configured",
      ],
      [fromHex("f4036463310a01400001"), "tooLarge", "Remote node state is larger than limit"],
      [fromHex("f4036463310a0000000101"), "truncated", "Payload is too small"],
      [
        fromHex(`f4036463310a0000003003${CIPHER}`),
        "unsupported",
        "Unsupported encryption version 3",
      ],
    ] as const;
    for (const [bytes, reason, words] of cases) {
      const acceptor = envelope().begin("acceptor");
      const error = errorOf(() => acceptor.open(bytes));
      expect(error.reason).toBe(reason);
      const reply = acceptor.refuse(error);
      // Whoever has the key can read what is wrong.
      const dialer = envelope().begin("dialer");
      dialer.seal(PING);
      expect(errText(dialer.open(reply))).toContain(words);
    }
  });

  test("an answer in plain is refused, and so is one in the wrong way", () => {
    for (const answer of [ACK, fromHex("e2"), fromHex("f403646331")]) {
      const dialer = envelope().begin("dialer");
      dialer.seal(PING);
      expect(["notEncrypted", "unexpectedLabel"]).toContain(refusal(() => dialer.open(answer)));
    }
  });

  test("without verifyIncoming plain is read, and answered as verifyOutgoing says", () => {
    for (const verifyOutgoing of [true, false]) {
      const lax = envelope({ verifyIncoming: false, verifyOutgoing }, "");
      const { dialer, acceptor } = pair(plainEnvelope(), lax);
      expect(toHex(acceptor.open(said(dialer, PING)))).toBe(toHex(PING));
      expect(said(acceptor, ACK)[0]).toBe(verifyOutgoing ? 0x0a : 0x02);
    }
  });
});

describe("a stream of ours", () => {
  const greeting = Uint8Array.from({ length: 50 }, (_, i) => i);

  test("is a sequence each way, and has an end", () => {
    const { dialer, acceptor } = pair();
    const bytes = said(dialer, LINK, greeting);
    expect(toHex(bytes.subarray(0, 6))).toBe("f403646331e2");
    const heard = [...chunked(bytes, [1])].map((chunk) => acceptor.open(chunk));
    expect(toHex(Buffer.concat(heard))).toBe(toHex(LINK) + toHex(greeting));
    expect(toHex(dialer.open(said(acceptor, greeting, ACK)))).toBe(toHex(greeting) + toHex(ACK));
    expect(acceptor.open(dialer.finish())).toHaveLength(0);
    expect(() => acceptor.ended()).not.toThrow();
    expect(refusal(() => dialer.ended())).toBe("truncated");
    dialer.open(acceptor.finish());
    expect(() => dialer.ended()).not.toThrow();
  });

  test("an answer of nothing is an end all the same", () => {
    const { dialer, acceptor } = pair();
    acceptor.open(said(dialer, LINK));
    expect(refusal(() => dialer.ended())).toBe("truncated");
    dialer.open(acceptor.finish());
    expect(() => dialer.ended()).not.toThrow();
  });

  test("large writes are cut into parts", () => {
    const { dialer, acceptor } = pair();
    const large = Uint8Array.from({ length: 2 * MAX_SEALED_PART_BYTES + 5 }, (_, i) => i);
    large[0] = 0xe1;
    const bytes = said(dialer, large);
    const heard = [...chunked(bytes, [50_000])].map((chunk) => acceptor.open(chunk));
    expect(Buffer.concat(heard).equals(large)).toBe(true);
    expect(frames(bytes)).toHaveLength(1 + 3);
  });

  /** The opener and then the frames of a sequence. */
  function frames(bytes: Uint8Array): Uint8Array[] {
    const out = [bytes.slice(0, 18)];
    for (let at = 18; at < bytes.length;) {
      const end = at + 5 + new DataView(bytes.buffer, bytes.byteOffset + at + 1).getUint32(0);
      out.push(bytes.slice(at, end));
      at = end;
    }
    return out;
  }

  const spoken = (stream: WrappedStream): Uint8Array[] =>
    frames(new Uint8Array(Buffer.concat([said(stream, LINK, greeting, ACK), stream.finish()])));
  const hears = (parts: readonly Uint8Array[], stream = envelope().begin("acceptor")) =>
    refusal(() => {
      for (const part of parts) stream.open(part);
      stream.ended();
    });

  test("frames that are lost, doubled, moved, or of another stream are refused", () => {
    const [opener, a, b, c, last] = spoken(envelope().begin("dialer")) as [
      Uint8Array,
      ...Uint8Array[],
    ] as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const [otherOpener, , other] = spoken(
      envelope({ nonces: { write: (target, at) => void target.fill(7, at, at + 12) } }).begin(
        "dialer",
      ),
    ) as [Uint8Array, Uint8Array, Uint8Array];
    expect(hears([opener, a, b, c, last])).toBeUndefined();
    expect(hears([opener, a, c, last])).toBe("undecryptable");
    expect(hears([opener, a, a, b])).toBe("undecryptable");
    expect(hears([opener, b, a, c])).toBe("undecryptable");
    expect(hears([opener, a, other, c])).toBe("undecryptable");
    expect(hears([otherOpener, a, b, c])).toBe("undecryptable");
    expect(hears([opener, a, b, c])).toBe("truncated");
    expect(hears([opener, a, b, last])).toBe("undecryptable");
    const lying = b.slice();
    lying[0] = 1;
    expect(hears([opener, a, lying])).toBe("undecryptable");
    lying[0] = 2;
    expect(hears([opener, a, lying])).toBe("malformed");
    // What the dialer has said, sent back to it.
    const echo = envelope().begin("dialer");
    echo.seal(LINK);
    expect(hears([opener.subarray(5), a], echo)).toBe("undecryptable");
  });

  test("an answer to another dialer is refused", () => {
    const first = pair();
    first.acceptor.open(said(first.dialer, LINK));
    const answer = said(first.acceptor, greeting);
    expect(toHex(first.dialer.open(answer))).toBe(toHex(greeting));
    const again = envelope({ nonces: { write: (target, at) => void target.fill(7, at, at + 12) } });
    const second = again.begin("dialer");
    second.seal(LINK);
    expect(refusal(() => second.open(answer))).toBe("undecryptable");
  });

  test("is not accepted in a frame of memberlist's, nor in plain where we seal", () => {
    // A frame can hold it only if somebody seals it on purpose.
    const raw = envelope().begin("acceptor");
    raw.open(said(envelope().begin("dialer"), PING));
    const lax = envelope({ verifyIncoming: false }, "");
    expect(refusal(() => lax.begin("acceptor").open(LINK))).toBe("notEncrypted");
    const laxer = envelope({ verifyIncoming: false, verifyOutgoing: false }, "").begin("acceptor");
    expect(toHex(laxer.open(LINK))).toBe("e1");
    expect(laxer.seal(greeting)).toBe(greeting);
    expect(refusal(() => plainEnvelope().begin("acceptor").open(fromHex("e2")))).toBe("encrypted");
  });

  test("without verifyOutgoing a sealed one is answered sealed, and any plain byte is an answer", () => {
    const quiet = envelope({ verifyIncoming: false, verifyOutgoing: false });
    const { dialer, acceptor } = pair(envelope(), quiet);
    acceptor.open(said(dialer, LINK));
    expect(toHex(dialer.open(said(acceptor, greeting)))).toBe(toHex(greeting));
    for (const first of ["0a", "e2", "f4"]) {
      const plain = quiet.begin("dialer");
      plain.seal(LINK);
      expect(toHex(plain.open(fromHex(`${first}00`)))).toBe(`${first}00`);
    }
  });

  test("goes on while keys change", () => {
    const [ours, theirs] = [sealing([key]), sealing([key])];
    const dialer = new StreamEnvelope(labelRule(""), ours).begin("dialer");
    const acceptor = new StreamEnvelope(labelRule(""), theirs).begin("acceptor");
    acceptor.open(said(dialer, LINK));
    const next = testKey(3, 32);
    for (const { keyring } of [ours, theirs]) keyring.install(next);
    ours.keyring.use(next);
    ours.keyring.remove(key);
    expect(toHex(acceptor.open(said(dialer, greeting)))).toBe(toHex(greeting));
    theirs.keyring.use(next);
    theirs.keyring.remove(key);
    expect(toHex(dialer.open(said(acceptor, greeting)))).toBe(toHex(greeting));
  });
});

describe("hostile bytes", () => {
  test("no flipped bit passes, on any kind of stream", () => {
    const kinds = [
      said(envelope().begin("dialer"), PING),
      said(envelope().begin("dialer"), LINK, ACK),
    ];
    for (const bytes of kinds) {
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const acceptor = envelope().begin("acceptor");
        const opened: Uint8Array[] = [];
        const reason = refusal(() => {
          opened.push(acceptor.open(flipped));
          acceptor.ended();
        });
        // A length that grew waits for what will never come, and has given nothing away.
        const isWaiting = opened.length === 1 && opened[0]?.length === 0;
        expect(reason !== undefined || isWaiting).toBe(true);
      }
    }
  });

  test("are refused or wait, whatever they are and however they come", () => {
    const makers = [
      () => envelope(),
      () => envelope({}, ""),
      () => envelope({ verifyIncoming: false }, ""),
      () => plainEnvelope("dc1"),
    ];
    fc.assert(
      fc.property(
        fc.nat(makers.length - 1),
        fc.constantFrom<"dialer" | "acceptor">("dialer", "acceptor"),
        fc.constantFrom("", "f403646331", "0a000000", "e2", "f403646331e2", "f4036463310a0000"),
        fc.uint8Array({ maxLength: 120 }),
        fc.integer({ min: 1, max: 50 }),
        (which, role, prefix, bytes, size) => {
          const stream = (makers[which] as () => StreamEnvelope)().begin(role);
          if (role === "dialer") stream.seal(prefix === "e2" ? LINK : PING);
          const all = Uint8Array.from([...fromHex(prefix), ...bytes]);
          try {
            for (const chunk of chunked(all, [size])) stream.open(chunk);
            stream.ended();
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
            stream.refuse(error);
          }
          stream.close();
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a claimed length allocates nothing, and what waits has a limit for all streams together", () => {
    const shared = envelope({}, "");
    expect(
      allocated(() => {
        for (let i = 0; i < 100; i++) shared.begin("acceptor").open(fromHex("0a01400000"));
      }),
    ).toBeLessThan(4 * MIB);
    const streams: WrappedStream[] = [];
    const fill = (): void => {
      const stream = shared.begin("acceptor");
      streams.push(stream);
      stream.open(fromHex("0a01400000"));
      for (let sent = 0; sent < 19; sent++) stream.open(new Uint8Array(MIB));
    };
    for (let i = 0; i < 3; i++) fill();
    expect(refusal(fill)).toBe("tooLarge");
    expect(3 * 19 * MIB).toBeLessThan(MAX_UNOPENED_BYTES);
    for (const stream of streams) stream.close();
    expect(refusal(fill)).toBeUndefined();
  });
});

test("the end of every recorded message is found, byte by byte", () => {
  let found = 0;
  for (const file of ["serf094-plain-nocompress.json", "memberlist-head-plain.json"]) {
    for (const { transport, hex, decoded } of loadVectors(file)) {
      if (transport !== "tcp" || decoded.type === "compress") continue;
      const end = new StreamMessageEnd();
      const bytes = fromHex(hex);
      const whole = [...bytes].map((_, i) => end.push(bytes.subarray(i, i + 1)));
      expect(whole.indexOf(true)).toBe(bytes.length - 1);
      found++;
    }
  }
  expect(found).toBeGreaterThan(3);
});
