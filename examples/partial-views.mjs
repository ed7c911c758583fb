// Forty nodes on real sockets, none of which has a list of the others: each keeps five links (HyParView), and what one
// publishes reaches all by a tree on them (Plumtree); what the tree leaves out, neighbours give each other when they compare
// (Repaired). No membership: every node is given one address to join by.
import { Plumtree, Repaired } from "hearsay/broadcast";
import { PlainEnvelope } from "hearsay/codec";
import { NodeMachine, PeerTable } from "hearsay/composition";
import { nodePorts } from "hearsay/node";
import { HyParView } from "hearsay/overlay";
import { Driver } from "hearsay/runtime";

const NODES = 40;

class PartialNode {
  constructor(name) {
    this.name = name;
    this.heard = [];
  }

  async start(contact) {
    const { clock, rng, transport } = nodePorts();
    const onEvent = (event) => {
      if (event.type === "delivered") this.heard.push(new TextDecoder().decode(event.payload));
    };
    const envelope = new PlainEnvelope();
    this.driver = new Driver({
      transport: transport("127.0.0.1", 0),
      clock,
      rng,
      envelope,
      onEvent,
      onTrouble: console.error,
    });
    this.address = await this.driver.bind();
    const { name, address } = this;
    const peers = new PeerTable();
    const config = { shuffleIntervalMs: 200 };
    this.views = new HyParView({ self: { name, address }, peers, config });
    const plumtree = new Plumtree({ name, epoch: clock.epochSeconds() });
    const tree = new Repaired(plumtree, { sampler: this.views.active, intervalMs: 500 });
    this.driver.start(new NodeMachine({ name, address, peers, tenants: [this.views, tree] }));
    if (contact !== undefined)
      this.driver.command("hyparview", { type: "join", contacts: [contact] });
  }

  publish(text) {
    const payload = new TextEncoder().encode(text);
    this.driver.command("plumtree", { type: "publish", topic: "t", payload });
  }
}

/** Polls, for ten seconds at the most. */
async function until(condition) {
  for (let i = 0; i < 200 && !condition(); i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

const nodes = Array.from({ length: NODES }, (_, i) => new PartialNode(`n${i}`));
const [first] = nodes;
for (const node of nodes) await node.start(node === first ? undefined : first);
await until(() => nodes.every(({ views }) => views.active.size > 0));
console.log(`links each: at most ${Math.max(...nodes.map(({ views }) => views.active.size))}`);

nodes.at(-1).publish("hello, all");
await until(() => nodes.every(({ heard }) => heard.length > 0));
console.log(
  `"hello, all" reached ${nodes.filter(({ heard }) => heard.length === 1).length} of ${NODES}`,
);

await Promise.all(nodes.map(({ driver }) => driver.stop()));
