/**
 * What crashes Go peers is never sent (docs/wire/memberlist.md): every packet of a busy run is looked at as it
 * leaves, below all that makes packets.
 */
import { expect, test } from "vitest";
import { crc32, PlainEnvelope, StreamEnvelope, TYPE_BYTE } from "../codec/index.ts";
import type { Incarnation } from "../kernel/index.ts";
import { Membership } from "../membership/index.ts";
import { Messaging } from "../messaging/index.ts";
import { World } from "./world.ts";

/** Looks at all that is sealed. */
class Inspector extends PlainEnvelope {
  packets = 0;
  compounds = 0;

  override seal(buffer: Uint8Array, start: number, end: number, checksum: boolean): Uint8Array {
    this.packets++;
    inspect(buffer.slice(start, end), this);
    return super.seal(buffer, start, end, checksum);
  }
}

function inspect(packet: Uint8Array, seen: Inspector): void {
  // An empty body under a checksum, or a packet of nothing.
  expect(packet.length).toBeGreaterThan(0);
  if (packet[0] !== TYPE_BYTE.compound) return inspectMessage(packet);
  seen.compounds++;
  const count = packet[1] as number;
  expect(count).toBeGreaterThan(0);
  // Peers before memberlist 0.2.4 misread 128 parts and more.
  expect(count).toBeLessThan(128);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let at = 2 + 2 * count;
  for (let part = 0; part < count; part++) {
    const length = view.getUint16(2 + 2 * part);
    expect(length).toBeGreaterThan(0);
    inspectMessage(packet.subarray(at, at + length));
    at += length;
  }
  expect(at).toBe(packet.length);
}

/** Versions of one to five bytes make peers before the newest panic; all zero ones poison their merges. */
function inspectMessage(message: Uint8Array): void {
  expect([0, 1, 2, 3, 4, 5, 8, 11]).toContain(message[0]);
  if (message[0] !== TYPE_BYTE.alive) return;
  const text = String.fromCharCode(...message);
  const versions = text.indexOf("\xa3Vsn") + 4;
  expect(versions).toBeGreaterThan(4);
  expect(message[versions]).toBe(0xa6);
  expect(message[versions + 1]).toBeGreaterThan(0);
  expect(message[versions + 2]).toBeGreaterThan(0);
}

test("no packet of a busy cluster holds what crashes a Go peer", () => {
  const inspector = new Inspector(crc32);
  const world = new World({
    seed: 3,
    envelopes: () => ({ packets: inspector, streams: new StreamEnvelope() }),
    network: { latencyMs: [1, 30], loss: 0.1 },
  });
  const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
  for (const name of names) {
    world.add(name, {
      tenants: ({ address, peers, epochSeconds, now }) => {
        const firstIncarnation = epochSeconds as Incarnation;
        const config = { preset: "local" } as const;
        const tags = new Map([["role", name]]);
        const membership = new Membership({
          name,
          address,
          peers,
          tags,
          config,
          firstIncarnation,
          now,
        });
        return [membership, new Messaging({ name, epoch: epochSeconds, peers })];
      },
    });
  }
  const addresses = [world.addressOf("n0")];
  for (const name of names.slice(1)) {
    world.command(name, "membership", { type: "join", id: 1, addresses } as never);
  }
  for (let round = 0; round < 20; round++) {
    const name = names[(round * 5) % names.length] as string;
    world.run(500);
    if (round % 4 === 0 && world.isAlive(name)) world.crash(name);
    else if (round % 4 === 2 && !world.isAlive(name)) world.restart(name);
    for (const other of names.filter((one) => world.isAlive(one))) {
      const payload = new Uint8Array(round % 3);
      world.command(other, "messaging", { type: "broadcast", payload } as never);
    }
  }
  expect(inspector.packets).toBeGreaterThan(1000);
  expect(inspector.compounds).toBeGreaterThan(200);
});
