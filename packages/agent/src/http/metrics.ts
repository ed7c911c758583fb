/**
 * Counters as Prometheus reads them: its text format 0.0.4, names and units as it recommends.
 * @module
 */
import type { HearsayStats } from "hearsay";

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface AgentFigures {
  readonly stats: HearsayStats;
  /** 0 for a node that takes itself to be in time. */
  readonly localHealth: number;
  readonly name: string;
  /** Events of the node so far, by type. */
  readonly events: ReadonlyMap<string, number>;
  /** Requests so far, by the status of their answers. */
  readonly requests: ReadonlyMap<number, number>;
  /** Event streams that are open. */
  readonly eventStreams: number;
}

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export function metricsText(figures: AgentFigures): string {
  const families = [...trafficOf(figures), ...membershipOf(figures), ...processOf(figures)];
  return families.map(familyText).join("");
}

function trafficOf({ stats }: AgentFigures): readonly Family[] {
  const queues = Object.entries(stats.queues);
  const ofQueues = (field: "messages" | "bytes" | "dropped"): Sample[] => {
    return queues.map(([tenant, queue]) => ({ labels: { tenant }, value: queue[field] }));
  };
  return [
    counter("hearsay_packets_sent_total", "Packets sent.", stats.packetsSent),
    counter("hearsay_packets_received_total", "Packets received.", stats.packetsReceived),
    counter("hearsay_sent_bytes_total", "Bytes of packets sent.", stats.bytesSent),
    counter("hearsay_received_bytes_total", "Bytes of packets received.", stats.bytesReceived),
    counter("hearsay_messages_received_total", "Messages in packets.", stats.messagesReceived),
    counters("hearsay_drops_total", "What was not done, by reason.", "reason", stats.drops),
    counters(
      "hearsay_envelope_drops_total",
      "Datagrams and streams that could not be opened, by reason.",
      "reason",
      stats.envelopeDrops,
    ),
    gauge("hearsay_queue_messages", "News that wait to be told.", ofQueues("messages")),
    gauge("hearsay_queue_bytes", "Bytes of news that wait to be told.", ofQueues("bytes")),
    {
      name: "hearsay_queue_dropped_total",
      type: "counter",
      help: "News that a full queue has thrown out.",
      samples: ofQueues("dropped"),
    },
    gauge("hearsay_streams", "Streams that are open, links among them.", stats.streams),
    gauge("hearsay_links", "Kept streams between nodes.", stats.links),
  ];
}

function membershipOf({ stats, localHealth, name, events }: AgentFigures): readonly Family[] {
  const byState = Object.entries(stats.members);
  const members = byState.map(([state, value]) => ({ labels: { state }, value }));
  return [
    gauge("hearsay_node_info", "The node, by its name.", [{ labels: { name }, value: 1 }]),
    gauge("hearsay_members", "Members that this node knows, by state, itself included.", members),
    gauge(
      "hearsay_local_health",
      "How slow this node takes itself to be; 0 is in time.",
      localHealth,
    ),
    counters(
      "hearsay_events_total",
      "What this node has seen happen, by type.",
      "type",
      Object.fromEntries(events),
    ),
    counter(
      "hearsay_missed_events_total",
      "Events that readers were too slow for.",
      stats.missedEvents,
    ),
    counter(
      "hearsay_late_wake_ups_total",
      "Timers that came more than 2 ms late.",
      stats.lateWakeUps,
    ),
    gauge(
      "hearsay_worst_lateness_seconds",
      "By how much the latest of those.",
      stats.worstLatenessMs / 1000,
    ),
  ];
}

function processOf({ requests, eventStreams }: AgentFigures): readonly Family[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const started = (Date.now() - process.uptime() * 1000) / 1000;
  const byStatus = Object.fromEntries(
    [...requests].map(([status, count]) => [String(status), count]),
  );
  return [
    counters("hearsay_http_requests_total", "Requests to the API, by status.", "code", byStatus),
    gauge("hearsay_http_event_streams", "Event streams that are open.", eventStreams),
    counter("process_cpu_seconds_total", "CPU time, user and system.", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Resident memory.", rss),
    gauge("process_heap_bytes", "JavaScript heap in use.", heapUsed),
    gauge("process_start_time_seconds", "Unix time of the start.", Math.round(started)),
  ];
}

function counter(name: string, help: string, value: number): Family {
  return { name, type: "counter", help, samples: [{ value }] };
}

function counters(
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): Family {
  const samples = Object.entries(values).map(([key, value]) => ({
    labels: { [label]: key },
    value,
  }));
  return { name, type: "counter", help, samples };
}

function gauge(name: string, help: string, value: number | readonly Sample[]): Family {
  return { name, type: "gauge", help, samples: typeof value === "number" ? [{ value }] : value };
}

/** A family that has no samples yet says that it is there. */
function familyText({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels = {}, value }) => `${name}${labelsText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
