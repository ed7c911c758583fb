/**
 * What the nodes of a story carry beside membership, each part with the checker that looks at it.
 *
 *     cluster a b maps=on  ──▶  part "maps"    tenants of every node; its checker hears every event
 *     maps                 ──▶  the part is asked what is wrong, now that the faults are over
 *
 * @module
 */
import { HearsayError } from "../kernel/index.ts";
import type { Tenant } from "../kernel/index.ts";
import type { Membership } from "../membership/index.ts";
import type { PartChecker } from "./checkers/checker.ts";
import { Promises } from "./checkers/promises.ts";
import { Scuttlebutt } from "./checkers/scuttlebutt.ts";
import { SecondOpinions } from "./checkers/second-opinions.ts";
import { Totals } from "./checkers/totals.ts";
import type { Cluster } from "./cluster.ts";
import { Detectors } from "./detectors.ts";
import type { NodeContext } from "./node-spec.ts";
import type { ClusterCommand } from "./scenario-command.ts";
import { SharedAggregates } from "./shared-aggregates.ts";
import { SharedMaps } from "./shared-maps.ts";
import { watchedState } from "./state-tenants.ts";
import { topicTenants } from "./topic-tenants.ts";
import type { World } from "./world.ts";
import type { WorldEvent } from "./world-options.ts";

/** Commands that ask a part. */
export type StoryQuestion = "topics" | "maps" | "state" | "judgements" | "aggregates";

interface StoryPart {
  readonly checker: PartChecker;
  tenants(node: string, context: NodeContext, own: Membership): readonly Tenant[];
  /** Before the first node starts. */
  began?(world: World): void;
  /** A run of a node begins; `kept` is what its application has left on disk. */
  started?(node: string, kept: Uint8Array | undefined): void;
  /** What is wrong with what a node tells. */
  event?(event: WorldEvent): string | undefined;
  left?(node: string): void;
  /** What is wrong when faults are over, in sentences. */
  wrong(cluster: Cluster): string[];
  /** What is told where nothing is. */
  fine(cluster: Cluster): string;
}

const HOW: Readonly<Record<StoryQuestion, string>> = {
  topics: "the nodes have no topics: cluster a b topics=randomLinks",
  maps: "the nodes share no map: cluster a b maps=on",
  state: "the nodes have no state: cluster a b state=on",
  judgements: "the nodes have no detectors: cluster a b detector=gems",
  aggregates: "the nodes have no aggregate: cluster a b aggregates=on",
};

export class StoryParts {
  readonly #parts: ReadonlyMap<StoryQuestion, StoryPart>;
  /** The map, where there is one: commands write into it. */
  readonly maps: SharedMaps | undefined;

  /** The parts that a story begins with. */
  constructor({ topics, maps, state, detector, aggregates }: ClusterCommand) {
    this.maps = maps && new SharedMaps({ kind: maps });
    const parts = new Map<StoryQuestion, StoryPart>();
    if (topics !== undefined) {
      parts.set(
        "topics",
        topicsPart((context, own) => topicTenants(topics, context, own)),
      );
    }
    if (this.maps !== undefined) parts.set("maps", mapsPart(this.maps));
    if (state === true) parts.set("state", statePart());
    if (detector !== undefined) parts.set("judgements", judgementsPart(new Detectors(detector)));
    if (aggregates === true) parts.set("aggregates", aggregatesPart(new SharedAggregates()));
    this.#parts = parts;
  }

  get checkers(): readonly PartChecker[] {
    return [...this.#parts.values()].map(({ checker }) => checker);
  }

  tenants(node: string, context: NodeContext, own: Membership): readonly Tenant[] {
    return [...this.#parts.values()].flatMap((part) => part.tenants(node, context, own));
  }

  began(world: World): void {
    for (const part of this.#parts.values()) part.began?.(world);
  }

  started(node: string, kept: Uint8Array | undefined): void {
    for (const part of this.#parts.values()) part.started?.(node, kept);
  }

  left(node: string): void {
    for (const part of this.#parts.values()) part.left?.(node);
  }

  /** Lets every part hear an event; each that has something to complain of says so. */
  event(event: WorldEvent, complain: (message: string, checker: string) => void): void {
    for (const part of this.#parts.values()) {
      const complaint = part.event?.(event);
      if (complaint !== undefined) complain(complaint, part.checker.name);
    }
  }

  /**
   * What a part finds wrong, or that it finds nothing.
   * @throws HearsayError `ERR_STATE` if the nodes do not carry it
   */
  ask(
    question: StoryQuestion,
    cluster: Cluster,
    complain: (message: string, checker: string) => void,
  ): string[] {
    const part = this.#parts.get(question);
    if (part === undefined) throw new HearsayError("ERR_STATE", HOW[question]);
    const wrong = part.wrong(cluster);
    const [first] = wrong;
    if (first === undefined) return [part.fine(cluster)];
    complain(first, part.checker.name);
    return wrong;
  }
}

function topicsPart(
  tenants: (context: NodeContext, own: Membership) => readonly Tenant[],
): StoryPart {
  const checker = new Promises();
  return {
    checker,
    tenants: (_, context, own) => tenants(context, own),
    started: (node) => checker.started(node),
    event: (event) => checker.event(event),
    wrong: ({ live }) => {
      const there = new Set(live);
      return checker.missing((node) => there.has(node));
    },
    fine: () => `${checker.looks} deliveries, none missing`,
  };
}

function mapsPart(maps: SharedMaps): StoryPart {
  const checker = maps.checker();
  return {
    checker,
    tenants: (node, context, own) => [maps.tenant(node, context, own)],
    began: (world) => maps.began(world),
    started: (node, kept) => {
      maps.started(node, kept);
      checker.started(node);
    },
    event: ({ node, event }) => checker.event(node, event),
    wrong: ({ live }) => checker.differences(live),
    fine: ({ live }) => `${live.length} ${checker.contents(live)}, all the same`,
  };
}

function statePart(): StoryPart {
  const checker = new Scuttlebutt();
  return {
    checker,
    tenants: (node, context, own) => [watchedState(node, context, own, checker)],
    event: (event) => checker.event(event),
    wrong: ({ live, world }) => {
      const there = new Set(live);
      return checker.missing((node) => there.has(node), world.now);
    },
    fine: ({ live }) => `${live.length} nodes read the same of all`,
  };
}

function judgementsPart(detectors: Detectors): StoryPart {
  const checker = new SecondOpinions(detectors.detector);
  return {
    checker,
    tenants: (node, context, own) => [detectors.tenant(node, context, own)],
    wrong: (cluster) => checker.wrong(cluster, (node) => detectors.judgementsOf(node)),
    fine: ({ live }) => `${live.length} nodes judge as it is`,
  };
}

function aggregatesPart(aggregates: SharedAggregates): StoryPart {
  const checker = new Totals(aggregates);
  return {
    checker,
    tenants: (node, context, own) => [aggregates.tenant(node, context, own)],
    began: (world) => aggregates.began(world),
    started: (node) => aggregates.started(node),
    event: ({ event }) => checker.event(event),
    left: (node) => aggregates.left(node),
    wrong: ({ live }) => checker.wrong(live),
    fine: ({ live }) => `${live.length} nodes know what they come to`,
  };
}
