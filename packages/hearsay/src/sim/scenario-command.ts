/**
 * The commands of scenarios, as data: what text files, the builder and campaigns have in common.
 *
 *     text ── parseCommand ──▶ ScenarioCommand ── ScenarioRunner ──▶ cluster
 *          ◀── commandText ──
 *
 * Times are in ms and shares in `0..1`. What is signed says so.
 * @see docs/simulator.md, the table of commands
 * @module
 */
import type { DetectorName } from "../detection/index.ts";
import type { Address } from "../kernel/index.ts";
import type { KindLabel } from "../runtime/index.ts";
import type { Latency } from "./distributions.ts";
import type { Memory } from "./node-spec.ts";
import type { Place, Protocol } from "./place.ts";
import type { TopicOverlay } from "./topic-tenants.ts";

export type ScenarioCommand =
  | ClusterCommand
  | NodeCommand
  | ShapeCommand
  | LinkCommand
  | TimeCommand
  | LookCommand;

/** Begins a story: nodes that have found each other. */
export interface ClusterCommand {
  readonly type: "cluster";
  readonly names: readonly string[];
  readonly seed: number;
  readonly latencyMs: Latency;
  readonly loss: number;
  /** Names of those whom every node asks when it has lost somebody. */
  readonly seeds: readonly string[];
  /** What everything that the nodes send is sealed with at first, by its name; none if there is none. */
  readonly key?: string;
  /** What is before everything that the nodes send. */
  readonly label?: string;
  /** What carries topics; nothing where nodes have none. */
  readonly topics?: TopicOverlay;
  /** What kind of map all have open; nothing where there is none. */
  readonly maps?: KindLabel;
  /** Whether nodes have state of their own for all to read. */
  readonly state?: boolean;
  /** What gives all of them a second opinion on members; nothing where they have none. */
  readonly detector?: DetectorName;
  /** Whether all have a number that is aggregated. */
  readonly aggregates?: boolean;
  /** The rest, as written: options of membership. */
  readonly options: ReadonlyMap<string, string>;
}

/** What somebody does with nodes, or what happens to them. */
export type NodeCommand =
  | { readonly type: "leave" | "kill" | "resume"; readonly names: readonly string[] }
  /** Sets keys of the map. */
  | { readonly type: "set"; readonly name: string; readonly entries: ReadonlyMap<string, string> }
  /** Deletes keys of the map. */
  | { readonly type: "delete"; readonly name: string; readonly keys: readonly string[] }
  /** Each of them publishes something on a topic. */
  | { readonly type: "publish"; readonly names: readonly string[] }
  /** Each of them sets or deletes a key of its state. */
  | { readonly type: "tell"; readonly names: readonly string[] }
  | {
      readonly type: "add";
      readonly names: readonly string[];
      /** Of one node alone. */
      readonly at?: Address | undefined;
      /** The name that it goes by among the others, if it is another: two nodes of one name. */
      readonly as?: string | undefined;
    }
  | {
      readonly type: "restart";
      readonly names: readonly string[];
      /** Of one node alone. @default where it lived */
      readonly at?: Address | undefined;
      /** What it finds of what an application keeps on disk. */
      readonly memory: Memory;
    }
  | { readonly type: "join"; readonly names: readonly string[]; readonly via: readonly string[] }
  /** Steps of a rotation of keys: to read with one more, to seal with it, to forget one. */
  | {
      readonly type: "keys";
      readonly act: "install" | "use" | "remove";
      readonly names: readonly string[];
      readonly keys: readonly [key: string];
    }
  /** These keys and no others, the first of which seals; or none. */
  | {
      readonly type: "keys";
      readonly act: "only";
      readonly names: readonly string[];
      readonly keys: readonly string[];
    }
  /** Another label, or none. */
  | { readonly type: "label"; readonly names: readonly string[]; readonly label: string }
  /** From its next start on a node runs a program that speaks memberlist's protocol up to this version. */
  | { readonly type: "version"; readonly names: readonly string[]; readonly protocol: number }
  | { readonly type: "tags"; readonly name: string; readonly tags: ReadonlyMap<string, string> }
  | {
      readonly type: "pause";
      readonly names: readonly string[];
      /** @default until `resume` */
      readonly forMs?: number | undefined;
    }
  /** Each input takes `ms` of work; 0 ends that. */
  | { readonly type: "slow"; readonly names: readonly string[]; readonly ms: number }
  /** The wall clock jumps by `ms`, signed. */
  | { readonly type: "clock"; readonly names: readonly string[]; readonly ms: number }
  /** The node's own clock is fast by this share, signed. */
  | { readonly type: "drift"; readonly names: readonly string[]; readonly share: number }
  | {
      readonly type: "nat";
      readonly names: readonly string[];
      /** Where one node is seen. @default one of 203.0.113.0/24 */
      readonly at?: Address | undefined;
      readonly on: boolean;
    };

/** Who can reach whom. */
export type ShapeCommand =
  /** `partition`: nobody reaches another group; `bridge`: a group reaches those written next to it. */
  | { readonly type: "partition" | "bridge"; readonly groups: readonly (readonly string[])[] }
  /** Each reaches the two next to it. */
  | { readonly type: "ring" | "isolate"; readonly names: readonly string[] }
  | { readonly type: "cut"; readonly place: Place }
  /** Everywhere: the partition and all cuts; else the cuts of this place. */
  | { readonly type: "repair"; readonly place: Place };

/** What happens to what is under way. */
export type LinkCommand =
  | { readonly type: "loss"; readonly loss: number; readonly place: Place }
  | { readonly type: "latency"; readonly latencyMs: Latency; readonly place: Place }
  | { readonly type: "jitter"; readonly ms: number }
  | {
      readonly type: "bandwidth";
      /** `undefined`: as much as one likes. */
      readonly bitsPerSecond: number | undefined;
      readonly place: Place;
    }
  | {
      readonly type: "mtu";
      /** Of a datagram, at most; `undefined`: any number. */
      readonly bytes: number | undefined;
      readonly place: Place;
    }
  | { readonly type: "duplicate" | "replay" | "corrupt"; readonly share: number }
  | {
      readonly type: "clog";
      readonly place: Place;
      /** @default until `unclog` */
      readonly forMs?: number | undefined;
    }
  | { readonly type: "unclog"; readonly place: Place }
  | { readonly type: "block"; readonly protocol: Protocol; readonly place: Place }
  /** Without a protocol, both. */
  | {
      readonly type: "unblock";
      readonly protocol?: Protocol | undefined;
      readonly place: Place;
    }
  /** All nodes that are up are written out and read back. */
  | { readonly type: "renew" }
  /** Ends every fault but crashes: of the network, and of the nodes that run or are paused. */
  | { readonly type: "calm" };

export type TimeCommand =
  | { readonly type: "run"; readonly ms: number }
  | {
      readonly type: "runUntilAgreed";
      readonly maxMs: number;
      /** Those who have to agree on each other, whatever they think of others. @default all that live */
      readonly among?: readonly string[] | undefined;
    };

/** What a story shows of its cluster. */
export type LookCommand =
  | { readonly type: "members"; readonly name: string }
  | { readonly type: "agree" | "counts" }
  /** Whether all that were there all the time have what one of them has. */
  | { readonly type: "topics" }
  /** Whether the maps of all that live are the same, and nothing is lost. */
  | { readonly type: "maps" }
  /** Whether all that live read the same state of all. */
  | { readonly type: "state" }
  /** Whether the second opinions of all that live are right. */
  | { readonly type: "judgements" }
  /** Whether all that live know what their numbers come to. */
  | { readonly type: "aggregates" };
