// A versioned key-value store: a write can ask that nobody was faster, and deltas travel as bytes.
import { Reader, text, Writer } from "hearsay/codec";
import { deltaField, VersionedMap } from "hearsay/crdt";

const make = (replica) => new VersionedMap({ replica, value: text });
const [ann, bob] = [make("ann"), make("bob")];

// How a delta is written down; what is read is checked against the limits.
const field = deltaField(text, ann.limits);

function send(delta, to) {
  const writer = new Writer(new Uint8Array(field.sizeOf(delta)));
  field.write(writer, delta);
  to.merge(field.read(new Reader(writer.bytes)));
  return writer.bytes.length;
}

const show = ({ value, version, by }) => `${value} (version ${version}, by ${by})`;

console.log(`${send(ann.set("leader", "n1"), bob)} bytes`);
console.log("bob reads", show(bob.get("leader")));

// He writes over the version that he has read. Who has read an older one is told.
send(bob.set("leader", "n2", 1), ann);
try {
  ann.set("leader", "n3", 1);
} catch (error) {
  console.log(error.code, error.message);
}

// Two who pass the check at once meet later; the greater name wins, at both.
const [anns, bobs] = [ann.set("leader", "n4", 2), bob.set("leader", "n5", 2)];
send(anns, bob);
send(bobs, ann);
console.log("ann reads", show(ann.get("leader")));
console.log("bob reads", show(bob.get("leader")));
