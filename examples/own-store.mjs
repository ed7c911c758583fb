// A store of your own: who has seen which lines of which log. Digest, delta and merge are all that it takes.
import { AntiEntropy, ByDigest } from "hearsay/anti-entropy";
import { decodeUtf8, encodeUtf8 } from "hearsay/codec";
import { DecodeError } from "hearsay/kernel";
import { Crowd } from "hearsay/sim";

const write = (value) => encodeUtf8(JSON.stringify(value));
const read = (bytes) => {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    // Anybody can send anything: this is counted, and that is all.
    throw new DecodeError("malformed", "not JSON");
  }
};

/** Lines by origin, each in its order. */
class Logs {
  lines = {};

  constructor(origin) {
    this.origin = origin;
  }

  mutate(line) {
    const first = (this.lines[this.origin] ??= []).push(line) - 1;
    return write([[this.origin, first, [line]]]);
  }

  merge(delta, turn) {
    let gained = false;
    for (const [origin, first, lines] of read(delta)) {
      const known = (this.lines[origin] ??= []);
      // A gap: what is between comes with a comparison.
      if (first > known.length) continue;
      for (const line of lines.slice(known.length - first)) {
        known.push(line);
        gained = true;
        turn.notify({ type: "line", origin, line });
      }
    }
    return gained;
  }

  digest() {
    return write(Object.entries(this.lines).map(([origin, { length }]) => [origin, length]));
  }

  delta(theirs) {
    const counts = Object.fromEntries(read(theirs));
    const rows = Object.entries(this.lines)
      .map(([origin, lines]) => [origin, counts[origin] ?? 0, lines.slice(counts[origin] ?? 0)])
      .filter(([, , lines]) => lines.length > 0);
    return rows.length === 0 ? undefined : { bytes: write(rows), more: false };
  }

  isBehind(theirs) {
    return read(theirs).some(([origin, count]) => count > (this.lines[origin]?.length ?? 0));
  }

  save() {
    return structuredClone(this.lines);
  }

  restore(saved) {
    this.lines = structuredClone(saved);
  }
}

let heard = 0;
const crowd = new Crowd({
  seed: 7,
  size: 50,
  latencyMs: [1, 20],
  loss: 0.2,
  onEvent: (_node, event) => {
    if (event.type === "line") heard++;
  },
  tenants: ({ name, peers, oracle }) => [
    new AntiEntropy({
      peers,
      sampler: oracle,
      epoch: 1_700_000_000,
      make: () => {
        const store = new Logs(name);
        return { store, comparison: new ByDigest(store) };
      },
    }),
  ],
});

const ask = (node, command) =>
  crowd.command(node, "antiEntropy", { id: 1, store: "logs", ...command });
for (const node of crowd.live) ask(node, { type: "open", kind: "logs" });
for (const [i, node] of crowd.live.slice(0, 4).entries()) {
  ask(node, { type: "mutate", mutation: `hello ${i}`, wallMs: crowd.now });
}

crowd.run(300);
console.log(`after 0.3 s, by news alone: ${heard} of ${4 * 49}`);
crowd.run(9700);
console.log(`after 10 s: ${heard} of ${4 * 49}`);
