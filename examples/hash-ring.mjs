// Work in shards over whoever is alive: each key has an owner and a stand-in, and few keys move when somebody comes or goes.
import { createHash } from "node:crypto";
import { createNode } from "hearsay";

const POINTS = 64;
const pointOf = (text) => createHash("md5").update(text).digest().readUInt32BE(0);

class HashRing {
  #node;
  #points = [];
  #listeners = [];

  constructor(node) {
    this.#node = node;
    this.#points = this.#built();
    for (const type of ["join", "fail", "leave"]) node.on(type, () => this.#rebuild());
  }

  /** The owner of a key, and those who stand in for it, in their order. The same at all nodes that see the same members. */
  owners(key, count = 2) {
    return ownersOn(this.#points, key, count);
  }

  /** Calls back with a function that says of a key who had it and who has it now. */
  onHandOver(listener) {
    this.#listeners.push(listener);
  }

  #built() {
    const alive = this.#node.members().filter(({ state }) => state === "alive");
    return alive
      .flatMap(({ name }) =>
        Array.from({ length: POINTS }, (_, i) => [pointOf(`${name}#${i}`), name]),
      )
      .sort(([a, one], [b, other]) => a - b || (one < other ? -1 : 1));
  }

  #rebuild() {
    const before = this.#points;
    this.#points = this.#built();
    const change = (key) => ({ from: ownersOn(before, key, 1)[0], to: this.owners(key, 1)[0] });
    for (const listener of this.#listeners) listener(change);
  }
}

function ownersOn(points, key, count) {
  const at = pointOf(key);
  const first = points.findIndex(([point]) => point >= at);
  const names = new Set();
  for (let i = 0; i < points.length && names.size < count; i++) {
    names.add(points[(Math.max(first, 0) + i) % points.length][1]);
  }
  return [...names];
}

const until = async (isSo) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const options = { bind: "127.0.0.1:0", preset: "local" };
const nodes = [];
for (const name of ["ann", "bob", "cem"]) {
  const node = createNode({
    ...options,
    name,
    seeds: nodes.slice(0, 1).map(({ address }) => address),
  });
  await node.start();
  nodes.push(node);
}
const [ann, bob, cem] = nodes;
await until(() => nodes.every((node) => node.members().length === 3));

const jobs = Array.from({ length: 1000 }, (_, i) => `job-${i}`);
const ring = new HashRing(ann);
const shares = () => {
  const counts = new Map();
  for (const job of jobs) {
    const [owner] = ring.owners(job);
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
};
console.log("jobs of each:", Object.fromEntries([...shares()].sort()));
const theirs = new HashRing(bob);
console.log(
  "bob sees the same:",
  jobs.every((job) => `${ring.owners(job)}` === `${theirs.owners(job)}`),
);

const standIns = new Map(jobs.map((job) => [job, ring.owners(job)]));
const handedOver = new Promise((resolve) => {
  ring.onHandOver((change) => {
    const moves = jobs.map((job) => {
      const { from, to } = change(job);
      return { job, from, to };
    });
    resolve(moves.filter(({ from, to }) => from !== to));
  });
});
await cem.leave();
await cem.stop();
const moved = await handedOver;
console.log(
  `${moved.length} jobs were handed over, all of them cem's:`,
  moved.every(({ from }) => from === "cem"),
);
console.log(
  "each to its stand-in:",
  moved.every(({ job, to }) => standIns.get(job)[1] === to),
);

await Promise.all([ann.stop(), bob.stop()]);
