// Two machines in memory: no socket, no clock, no timer. A tick takes one input and returns effects; this
// program is the whole world. A node is a pure function of its inputs: run it twice, and compare.
import { NodeMachine, PeerTable, RecordedNodeEffects } from "hearsay/composition";
import { parseAddress, Sfc32 } from "hearsay/kernel";
import { Membership } from "hearsay/membership";

const addresses = { ann: parseAddress("10.0.0.1:7946"), bob: parseAddress("10.0.0.2:7946") };

function makeNode(name) {
  const peers = new PeerTable();
  const membership = new Membership({
    name,
    address: addresses[name],
    peers,
    tags: new Map(),
    config: { preset: "local" },
    firstIncarnation: 1,
    now: 0,
  });
  const machine = new NodeMachine({ name, address: addresses[name], peers, tenants: [membership] });
  const rng = new Sfc32(name.length, name.charCodeAt(0));
  const effects = new RecordedNodeEffects();
  const tick = (input, now) => {
    machine.handle(input, now, rng, effects);
    return effects.take();
  };
  return { name, machine, membership, tick };
}

const nodes = { ann: makeNode("ann"), bob: makeNode("bob") };
const nodeAt = (address) => Object.values(nodes).find(({ machine }) => machine.address === address);

// What one node asks for is the next input of the other.
const inbox = [];
const wires = new Map();
let now = 0;

function give(node, input) {
  for (const effect of node.tick(input, now)) {
    const wire = wires.get(`${node.name} ${effect.stream}`);
    const toFarEnd = (far) => inbox.push([wire.node, { ...far, stream: wire.stream }]);
    if (effect.type === "notify" && effect.event.member !== undefined) {
      const { type, member } = effect.event;
      console.log(`${String(now).padStart(5)}ms  ${node.name}: ${type} ${member.name}`);
    } else if (effect.type === "datagram") {
      const bytes = new Uint8Array(effect.packet.size);
      effect.packet.encodeInto(bytes, 0);
      inbox.push([nodeAt(effect.to), { type: "datagram", from: node.machine.address, bytes }]);
    } else if (effect.type === "open") {
      const far = nodeAt(effect.to);
      wires.set(`${node.name} ${effect.stream}`, { node: far, stream: -effect.stream });
      wires.set(`${far.name} ${-effect.stream}`, { node, stream: effect.stream });
      inbox.push([far, { type: "accepted", stream: -effect.stream, from: node.machine.address }]);
      inbox.push([node, { type: "opened", stream: effect.stream }]);
    } else if (effect.type === "write") {
      toFarEnd({ type: "chunk", bytes: effect.bytes });
      inbox.push([node, { type: "writable", stream: effect.stream }]);
    } else if (effect.type === "finish") toFarEnd({ type: "ended" });
    else if (effect.type === "abort") toFarEnd({ type: "failed", reason: "reset" });
  }
}

function runUntil(end) {
  for (;;) {
    while (inbox.length > 0) give(...inbox.shift());
    const [next] = Object.values(nodes).toSorted((a, b) => a.machine.deadline - b.machine.deadline);
    if (next.machine.deadline > end) break;
    now = Math.max(now, next.machine.deadline);
    give(next, { type: "timeout" });
  }
  now = end;
}

for (const node of Object.values(nodes)) give(node, { type: "start" });
give(nodes.bob, {
  type: "command",
  tenant: "membership",
  command: { type: "join", id: 1, addresses: [addresses.ann] },
});
runUntil(5000);

give(nodes.bob, { type: "command", tenant: "membership", command: { type: "leave", id: 2 } });
runUntil(6000);
console.log(`ann sees bob ${nodes.ann.membership.member("bob").state}`);
