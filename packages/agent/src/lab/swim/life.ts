/**
 * A cluster's whole life in one run, so that a table of many cells costs one forming for each:
 *
 *     start at once ─▶ rest ─▶ news ─▶ joins ─▶ crashes ─▶ come and go
 *
 * Each part is the experiment of that name.
 * @module
 */
import type { Experiment, Sample } from "../experiment.ts";
import { CLUSTER_DEFAULTS, LabCluster } from "../lab-cluster.ts";
import type { ClusterParameters } from "../lab-cluster.ts";
import { Meter } from "../meter.ts";
import { crashMembers } from "./crash.ts";
import { joinMembers } from "./join.ts";
import { spreadNews } from "./news.ts";
import { countTraffic } from "./rest.ts";

export interface LifeParameters extends ClusterParameters {
  /** At rest, and of coming and going. */
  readonly seconds: number;
  readonly churnSeconds: number;
  readonly news: number;
  readonly joins: number;
  readonly crashes: number;
  readonly together: number;
}

/** Longest wait for whatever does not come. */
const MAX_MS = 30_000;

export const LIFE: Experiment<LifeParameters> = {
  name: "life",
  story: "a cluster starts, rests, has news, is joined, crashes, and changes all the time",
  measures: {
    formedMs: "from the start of all nodes at once until all know all, without loss, ms",
    falsePositives: "members declared dead at rest, counted at every node",
    nodeHours: "hours at rest of all nodes together",
    restMessages: "datagrams that a member sends in a second at rest",
    restBytes: "bytes that a member sends in a second at rest, in datagrams",
    restStreamBytes: "and on streams",
    newsMs: "until all have heard of a change of tags, ms",
    newsMissed: "1 for news that did not reach all",
    joinMs: "from one node's join until all know it and it knows all, ms",
    joinMissed: "members that did not know it",
    firstMs: "from a crash to the first member that declares it, ms",
    fullMs: "until all have heard, ms",
    crashMissed: "members that had not",
    churnMessages: "datagrams that a member sends in a second while others come and go",
    churnBytes: "bytes, in datagrams",
    churnStreamBytes: "and on streams",
  },
  defaults: {
    ...CLUSTER_DEFAULTS,
    seconds: 60,
    churnSeconds: 5,
    news: 5,
    joins: 4,
    crashes: 10,
    together: 1,
  },

  run(parameters, seed): Sample {
    const { n, seconds } = parameters;
    const meter = new Meter();
    const lab = new LabCluster({ ...parameters, seed, streams: meter });
    lab.form();
    let falsePositives = 0;
    lab.listen(({ event }) => {
      if (event.type === "fail") falsePositives++;
    });
    const rest = countTraffic(lab, meter, { ...parameters, churnSeconds: 0 });
    lab.listen(undefined);
    const news = spreadNews(lab, { ...parameters, maxMs: MAX_MS });
    const joins = joinMembers(lab, { ...parameters, maxMs: MAX_MS });
    const crashes = crashMembers(lab, { ...parameters, until: "dead", maxMs: MAX_MS });
    const churn = countTraffic(lab, meter, parameters);
    return {
      formedMs: [lab.formedMs],
      falsePositives: [falsePositives],
      nodeHours: [(n * seconds) / 3600],
      restMessages: rest["messagesPerSecond"] ?? [],
      restBytes: rest["bytesPerSecond"] ?? [],
      restStreamBytes: rest["streamBytesPerSecond"] ?? [],
      newsMs: news.allMs,
      newsMissed: news.reachedAll.map((reached) => 1 - reached),
      joinMs: joins.joinMs,
      joinMissed: joins.unknown,
      firstMs: crashes.firstMs,
      fullMs: crashes.fullMs,
      crashMissed: crashes.missed,
      churnMessages: churn["messagesPerSecond"] ?? [],
      churnBytes: churn["bytesPerSecond"] ?? [],
      churnStreamBytes: churn["streamBytesPerSecond"] ?? [],
    };
  },
};
