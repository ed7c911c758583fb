/**
 * A node without a network: what the API asks of it, and events at the test's word.
 * @module
 */
import { explainInWords, HearsayError } from "hearsay";
import { Keyring } from "hearsay/codec";
import { nodeAead } from "hearsay/node";
import type {
  Address,
  Explanation,
  HearsayEvent,
  HearsayStats,
  JoinResult,
  MemberView,
  NodeReport,
  Reason,
} from "hearsay";
import type { Incarnation, Instant, PeerId } from "hearsay/kernel";
import { Emitter } from "hearsay/runtime";
import type { ApiNode } from "../http/api.ts";

/** Its primary key. */
export const FAKE_KEY = "EREREREREREREREREREREQ==";

export const STARTED: Reason = { type: "started" };

export function memberView(name: string, changes: Partial<MemberView> = {}): MemberView {
  return {
    name,
    address: "127.0.0.1:7946" as Address,
    peer: 0 as PeerId,
    state: "alive",
    incarnation: 7 as Incarnation,
    stateChangedAt: 0 as Instant,
    reason: STARTED,
    tags: new Map(),
    meta: new Uint8Array(0),
    versions: new Uint8Array(6),
    channels: 0 as MemberView["channels"],
    ...changes,
  };
}

export const FAKE_STATS: HearsayStats = {
  packetsSent: 3,
  packetsReceived: 2,
  bytesSent: 100,
  bytesReceived: 90,
  messagesReceived: 4,
  drops: { malformed: 1 },
  queues: { membership: { messages: 1, bytes: 74, dropped: 0 } },
  streams: 1,
  links: 0,
  envelopeDrops: {},
  lateWakeUps: 2,
  worstLatenessMs: 12.5,
  members: { alive: 5, suspect: 1, dead: 0, left: 0 },
  missedEvents: 0,
  undecodable: 0,
};

export class FakeNode implements ApiNode {
  readonly name = "a";
  keys: Keyring = new Keyring(nodeAead, [FAKE_KEY]);
  readonly others: MemberView[] = [];
  readonly emitter: Emitter<HearsayEvent> = new Emitter<HearsayEvent>((error) => {
    throw error;
  });
  left = false;
  tags: ReadonlyMap<string, string> = new Map([
    ["hs", "mt"],
    ["role", "web"],
  ]);

  get local(): MemberView {
    return memberView("a", { tags: this.tags });
  }

  /** Topics are tried with real nodes. */
  topic(): never {
    throw new Error("a fake node has no topics");
  }

  topics(): [] {
    return [];
  }

  overlay(): undefined {}

  get state(): never {
    throw new Error("a fake node has no state");
  }

  map(): never {
    throw new Error("a fake node has no maps");
  }

  set(): never {
    throw new Error("a fake node has no sets");
  }

  counter(): never {
    throw new Error("a fake node has no counters");
  }

  aggregates(): [] {
    return [];
  }

  maps(): [] {
    return [];
  }

  members(): MemberView[] {
    return [...this.others, this.local];
  }

  member(name: string): MemberView | undefined {
    return this.members().find((member) => member.name === name);
  }

  explain(name: string): Explanation | undefined {
    const member = this.member(name);
    if (member === undefined) return undefined;
    const { incarnation, address, state } = member;
    return {
      name,
      observer: this.name,
      member,
      history: [{ type: "join", at: 5 as Instant, state, incarnation, address, reason: STARTED }],
      suspicion: {
        startedAt: 6 as Instant,
        by: "a",
        confirmedBy: ["c"],
        confirmationsNeeded: 3,
        deadline: 4006 as Instant,
        excusedMs: 0,
      },
      lost: undefined,
      forgottenUpTo: undefined,
      localHealth: 1,
    };
  }

  explainInWords(name: string): string[] {
    const explanation = this.explain(name);
    return explanation === undefined ? [] : explainInWords(explanation, 2006 as Instant);
  }

  async join(targets: readonly string[] | string): Promise<JoinResult> {
    const [first] = targets;
    if (first === "127.0.0.1:1") throw new HearsayError("ERR_JOIN", "nobody answered");
    return { contacted: [first as Address], failed: [] };
  }

  async forceLeave(name: string): Promise<void> {
    const at = this.others.findIndex((member) => member.name === name);
    if (at < 0) throw new HearsayError("ERR_UNKNOWN_MEMBER", `no member is named ${name}`);
    this.others[at] = { ...(this.others[at] as MemberView), state: "left" };
  }

  /** What `examine` tells; a test changes it. */
  report: NodeReport = {
    name: "a",
    address: "127.0.0.1:7946" as Address,
    tcpOnly: false,
    members: [],
    paths: [],
    conflicts: [],
    refusals: [],
    pauses: [],
  };

  async examine(): Promise<NodeReport> {
    return this.report;
  }

  async leave(): Promise<boolean> {
    this.left = true;
    return true;
  }

  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    if ("hs" in tags) throw new HearsayError("ERR_OPTION", "tags.hs: expected another name");
    this.tags = new Map(Object.entries(tags));
  }

  stats(): HearsayStats {
    return FAKE_STATS;
  }

  events(...[buffer]: Parameters<ApiNode["events"]>): ReturnType<ApiNode["events"]> {
    return this.emitter.events({ maxEvents: 8, maxBytes: 1 << 20, ...buffer });
  }
}
