import { describe, expect, test } from "vitest";
import { channel, channelBit, NO_CHANNELS, NO_PEER, parseAddress } from "../kernel/index.ts";
import type { Address, PeerId } from "../kernel/index.ts";
import { PeerTable } from "./peer-table.ts";

const A = parseAddress("10.0.0.1:1");
const B = parseAddress("10.0.0.2:1");

describe("a peer", () => {
  test("is a name at an address: the same pair is the same peer", () => {
    const peers = new PeerTable();
    const a = peers.intern("a", A);
    expect(peers.intern("a", A)).toBe(a);
    expect(peers.intern("a", B)).not.toBe(a);
    expect(peers.nameOf(a)).toBe("a");
    expect(peers.addressOf(a)).toBe(A);
    expect(peers.at(A)).toBe(a);
    expect(peers.at(parseAddress("10.0.0.9:1"))).toBe(NO_PEER);
  });

  test("lives until the last hold is given up and the turn is over", () => {
    const peers = new PeerTable();
    const a = peers.intern("a", A);
    peers.retain(a);
    peers.release(a);
    peers.sweep();
    expect(peers.has(a)).toBe(true);
    peers.release(a);
    expect(peers.nameOf(a)).toBe("a");
    peers.sweep();
    expect(peers.has(a)).toBe(false);
    expect(() => peers.nameOf(a)).toThrow(/^BUG/);
    expect(peers.at(A)).toBe(NO_PEER);
  });

  test("that is wanted again before the turn is over stays", () => {
    const peers = new PeerTable();
    const a = peers.intern("a", A);
    peers.release(a);
    expect(peers.intern("a", A)).toBe(a);
    peers.sweep();
    expect(peers.has(a)).toBe(true);
  });

  test("that takes over a slot is another peer, and knows nothing of the last", () => {
    const peers = new PeerTable();
    const a = peers.intern("a", A);
    peers.setChannels(a, channelBit(channel("m")));
    peers.setChecksums(a, true);
    peers.release(a);
    peers.sweep();
    const b = peers.intern("b", B);
    expect(peers.slotOf(b)).toBe(peers.slotOf(a));
    expect(b).not.toBe(a);
    expect(peers.has(a)).toBe(false);
    expect(peers.channelsOf(b)).toBe(NO_CHANNELS);
    expect(peers.checksums(b)).toBe(false);
  });

  test("is found at its address again when another that was heard of there is forgotten", () => {
    const peers = new PeerTable();
    const [first, second, third] = ["first", "second", "third"].map((name) =>
      peers.intern(name, A),
    );
    expect(peers.at(A)).toBe(third);
    for (const [gone, left] of [
      [second, third],
      [third, first],
      [first, NO_PEER],
    ] as const) {
      const saved = new PeerTable();
      saved.restore(structuredClone(peers.save()));
      for (const table of [saved, peers]) {
        table.release(gone as PeerId);
        table.sweep();
        expect(table.at(A)).toBe(left);
      }
    }
  });

  test("keeps a number of its own through more generations than there are", () => {
    const peers = new PeerTable();
    let last = NO_PEER;
    for (let i = 0; i < 5000; i++) {
      const peer = peers.intern(`${i}`, A);
      expect(peer).not.toBe(last);
      expect(peer).toBeGreaterThanOrEqual(0);
      peers.release(peer);
      peers.sweep();
      last = peer;
    }
    expect(peers.size).toBe(0);
  });
});

test("a table that was saved is the same in another: names, namesakes, late ids and free slots", () => {
  const one = new PeerTable();
  const at = (n: number): Address => parseAddress(`10.0.0.${n}:1`);
  const gone = one.intern("gone", at(9));
  const first = one.intern("a", at(1));
  const second = one.intern("a", at(2));
  one.release(gone);
  one.sweep();
  const other = new PeerTable();
  other.intern("self", at(7));
  other.restore(structuredClone(one.save()));
  for (const table of [one, other]) {
    expect(table.firstNamed("a")).toBe(second);
    expect(table.nextNamed(second)).toBe(first);
    expect(table.has(gone)).toBe(false);
    expect(table.at(at(7))).toBe(NO_PEER);
    expect(table.size).toBe(2);
    const next = table.intern("b", at(3));
    expect(table.slotOf(next)).toBe(table.slotOf(gone));
    expect(next).not.toBe(gone);
  }
});
