/**
 * What a node can be told, checked in one place.
 * @module
 */
import type { CompositionConfig } from "../composition/index.ts";
import {
  checkInteger,
  HearsayError,
  optionError,
  parseAddress,
  addressPort,
  splitHostPort,
} from "../kernel/index.ts";
import type { Address, Tenant } from "../kernel/index.ts";
import {
  CAPABILITY_TAG,
  encodeTags,
  MAX_NAME_BYTES,
  ownVersions,
  resolveMembershipConfig,
} from "../membership/index.ts";
import type {
  ApplicationVersions,
  MembershipConfig,
  MembershipHooks,
  MembershipOptions,
  MembershipPreset,
} from "../membership/index.ts";
import type { MessagingConfig } from "../messaging/index.ts";
import { DEFAULT_RECORDING_BYTES } from "../recording/index.ts";
import type { RecordingOptions } from "../recording/index.ts";
import { utf8Size } from "../codec/index.ts";
import { resolveDetectionConfig } from "../detection/index.ts";
import type { DetectionOptions } from "../detection/index.ts";
import { resolveAveragingConfig } from "../aggregation/index.ts";
import type { AggregatesOptions } from "./aggregates.ts";
import { checkState } from "./node-state.ts";
import type { StateOptions } from "./node-state.ts";
import { resolveMaps } from "./maps/index.ts";
import type { MapsOptions, ResolvedMaps } from "./maps/index.ts";
import { checkTopics } from "./broadcast-tenants.ts";
import type { TopicsOptions } from "./broadcast-tenants.ts";
import type { Logger } from "./clock.ts";
import { SILENT } from "./clock.ts";
import type { EventBuffer } from "./emitter.ts";
import { encodeMetadata, jsonCodec, METADATA_TAG } from "./metadata.ts";
import type { MetadataCodec } from "./metadata.ts";
import { resolveWireOptions } from "./encryption-options.ts";
import type { ResolvedWireOptions, WireOptions } from "./encryption-options.ts";
import type { TenantContext } from "./tenant-context.ts";
import type { Transport } from "./transport.ts";

/** Port of memberlist and Serf. */
export const DEFAULT_PORT = 7946;

export interface NodeOptions<Metadata = unknown> extends WireOptions, MembershipHooks {
  /** Unique in the cluster; 1 to 128 bytes. */
  readonly name: string;
  /**
   * `host:port` to listen on, UDP and TCP. Port 0 takes a free one.
   * @default "0.0.0.0:7946"
   */
  readonly bind?: string;
  /**
   * `ip:port` to tell others, where it differs from `bind`; port 0 stands for the bound one.
   * @default what was bound; for 0.0.0.0 or :: the first address of this machine that others can reach
   */
  readonly advertise?: string;
  /**
   * `host[:port]` of members to join at start. They are tried until one answers; names are resolved
   * again at every try. @default []
   */
  readonly seeds?: readonly string[];
  /** Small facts about this node for all to see; encoded, 512 bytes less 30 for our capability tag. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * A value of your own type about this node, for all to see; it shares the tags' 512 bytes.
   * @default none
   */
  readonly metadata?: Metadata;
  /** Two functions between metadata and text; the same on every node. @default JSON */
  readonly metadataCodec?: MetadataCodec<Metadata>;
  /** Timing for a situation; the same on every node. @default "lan" */
  readonly preset?: MembershipPreset;
  /** Single values of membership that differ from the preset. */
  readonly membership?: Partial<MembershipConfig>;
  readonly messaging?: Partial<MessagingConfig>;
  readonly composition?: Partial<CompositionConfig>;
  /** What carries topics (`node.topic`); `false` leaves it out. @default random links, none until a topic is used */
  readonly topics?: TopicsOptions | false;
  /**
   * How aggregates (`node.aggregate`) come about; `false` leaves them out. Nothing is sent until one is defined.
   * @default a result every 4 seconds, with quantiles
   */
  readonly aggregates?: AggregatesOptions | false;
  /**
   * How the state of members (`node.state`) is exchanged, and its limits; `false` leaves it out. Nothing is sent until
   * somebody has some. @default an exchange every second, five a second while there is news
   */
  readonly state?: StateOptions | false;
  /**
   * How maps (`node.map`) are kept and compared; `false` leaves them out. Nothing is sent until one is opened.
   * @default compared every second, kept nowhere
   */
  readonly maps?: MapsOptions | false;
  /**
   * A second opinion on members, by gossiped heartbeats (`node.judgements`): phi accrual, a time-out, or GEMS's consensus. It changes
   * no membership. The same on every node. @default false: none
   */
  readonly detection?: DetectionOptions | false;
  /**
   * Versions that the cluster's applications agree on: `{ least: 0, most: 0, current: 0 }` beside programs on
   * plain memberlist, or what they set as `DelegateProtocolMin`, `Max` and `Version`; the same on every node.
   * @default a Serf agent's, `{ least: 2, most: 5, current: 5 }`
   */
  readonly applicationVersions?: ApplicationVersions;
  /** Further protocols of your own, made when the node's address is known. @default none */
  readonly tenants?: (context: TenantContext) => readonly Tenant[];
  /**
   * Speaks TCP alone, for networks that let no UDP through: no UDP port is opened, and packets travel on kept
   * streams. Others of our kind may be either way; see docs/tcp-only.md for plain memberlist's. @default false
   */
  readonly tcpOnly?: boolean;
  /** @default UDP and TCP at `bind`, or TCP with `tcpOnly` */
  readonly transport?: Transport;
  /** A pino instance fits as it is. @default silent */
  readonly logger?: Logger;
  /**
   * What an iterator of `events()` holds for a reader that lags; of more, the oldest are dropped, told as a
   * `missed` event and counted. @default 1024 events, 16 MiB
   */
  readonly eventBuffer?: Partial<EventBuffer>;
  /**
   * Writes down all that the machine is told and does, for `replayNode`. Keys are never in it; what members say is.
   * @default nothing is recorded
   */
  readonly recording?: RecordingOptions;
  /** Ms between two tries of seeds that do not answer; doubles up to 32 times this. @default 1000 */
  readonly seedRetryMs?: number;
}

/** Room is kept for the capabilities of every tenant that there can be: it is not known which will come. */
const ALL_CHANNELS = "abcdefghijklmnopqrstuvwxyz";

/** Every option, filled and checked. */
export interface ResolvedNodeOptions<Metadata = unknown> {
  readonly name: string;
  readonly bind: { readonly host: string; readonly port: number };
  readonly advertise: Address | undefined;
  readonly seeds: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
  readonly metadataCodec: MetadataCodec<Metadata>;
  /** What is around packets and streams, and who may send them. */
  readonly wire: ResolvedWireOptions;
  readonly membership: MembershipOptions;
  readonly messaging: Partial<MessagingConfig>;
  readonly composition: Partial<CompositionConfig>;
  readonly topics: TopicsOptions | undefined;
  readonly aggregates: AggregatesOptions | undefined;
  readonly state: StateOptions | undefined;
  readonly maps: ResolvedMaps | undefined;
  readonly detection: DetectionOptions | undefined;
  readonly applicationVersions: ApplicationVersions | undefined;
  readonly tenants: (context: TenantContext) => readonly Tenant[];
  readonly tcpOnly: boolean;
  readonly transport: Transport | undefined;
  readonly logger: Logger;
  readonly admit: MembershipHooks["admit"];
  readonly admitMerge: MembershipHooks["admitMerge"];
  readonly eventBuffer: EventBuffer;
  readonly recording: RecordingOptions | undefined;
  readonly seedRetryMs: number;
}

export const DEFAULT_EVENT_BUFFER: EventBuffer = { maxEvents: 1024, maxBytes: 16 << 20 };

/**
 * Fills defaults and checks every rule, before anything is opened.
 * @throws HearsayError `ERR_OPTION`, `ERR_KEY`, `ERR_ADDRESS` or `ERR_META_TOO_LARGE`
 */
export function resolveNodeOptions<Metadata = unknown>(
  options: NodeOptions<Metadata>,
): ResolvedNodeOptions<Metadata> {
  if (typeof options !== "object" || options === null) {
    throw optionError("options", "an object with at least a name", options);
  }
  const membership = { ...options.membership, ...(options.preset && { preset: options.preset }) };
  resolveMembershipConfig(membership);
  const { tcpOnly = options.composition?.streamsOnly ?? false } = options;
  if (typeof tcpOnly !== "boolean") throw optionError("tcpOnly", "true or false", tcpOnly);
  const codec = checkCodec(options.metadataCodec ?? jsonCodec<Metadata>());
  const metadata = metadataTag(options, codec);
  return {
    name: checkName(options.name),
    bind: checkBind(options.bind ?? `0.0.0.0:${DEFAULT_PORT}`),
    advertise: options.advertise === undefined ? undefined : checkAdvertise(options.advertise),
    seeds: checkSeeds(options.seeds ?? []),
    tags: checkTags({ ...options.tags, ...metadata }),
    metadataCodec: codec,
    wire: resolveWireOptions(options),
    membership,
    messaging: options.messaging ?? {},
    composition: { ...options.composition, ...(tcpOnly && { streamsOnly: true }) },
    topics: checkTopics(options.topics ?? {}),
    detection: checkDetection(options.detection ?? false),
    aggregates: checkAggregates(options.aggregates ?? {}),
    state: checkState(options.state ?? {}),
    maps: resolveMaps(options.maps ?? {}),
    applicationVersions: checkVersions(options.applicationVersions),
    tenants: options.tenants ?? (() => []),
    tcpOnly,
    transport: options.transport,
    logger: checkLogger(options.logger ?? SILENT),
    admit: checkHook("admit", options.admit),
    admitMerge: checkHook("admitMerge", options.admitMerge),
    eventBuffer: checkEventBuffer({ ...DEFAULT_EVENT_BUFFER, ...options.eventBuffer }),
    recording: options.recording === undefined ? undefined : checkRecording(options.recording),
    seedRetryMs: checkSeedRetry(options.seedRetryMs ?? 1000),
  };
}

/**
 * Tags as they go on the wire.
 * @throws HearsayError `ERR_OPTION` or `ERR_META_TOO_LARGE`
 */
export function checkTags(tags: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  if (typeof tags !== "object" || tags === null) throw optionError("tags", "an object", tags);
  for (const [key, value] of Object.entries(tags)) {
    if (typeof value !== "string") throw optionError(`tags.${key}`, "a string", value);
    if (key === CAPABILITY_TAG) {
      throw optionError(`tags.${key}`, `another name: ${key} is hearsay's own`, value);
    }
  }
  const map = new Map(Object.entries(tags));
  encodeTags(new Map([...map, [CAPABILITY_TAG, ALL_CHANNELS]]));
  return map;
}

/** @throws HearsayError `ERR_OPTION` */
export function checkEventBuffer(buffer: EventBuffer): EventBuffer {
  checkInteger("eventBuffer.maxEvents", buffer.maxEvents, 1, 1 << 20);
  checkInteger("eventBuffer.maxBytes", buffer.maxBytes, 1024, 1 << 30);
  return buffer;
}

/** @throws HearsayError `ERR_OPTION` */
function checkDetection(detection: DetectionOptions | false): DetectionOptions | undefined {
  if (detection === false) return undefined;
  if (typeof detection !== "object" || detection === null) {
    throw optionError("detection", "an object, or false for none", detection);
  }
  resolveDetectionConfig(detection);
  return detection;
}

function checkAggregates(aggregates: AggregatesOptions | false): AggregatesOptions | undefined {
  if (aggregates === false) return undefined;
  if (typeof aggregates !== "object" || aggregates === null) {
    throw optionError("aggregates", "an object, or false for none", aggregates);
  }
  resolveAveragingConfig(aggregates);
  return aggregates;
}

function checkVersions(versions: ApplicationVersions | undefined): ApplicationVersions | undefined {
  ownVersions(versions);
  return versions;
}

function checkCodec<Metadata>(codec: MetadataCodec<Metadata>): MetadataCodec<Metadata> {
  if (typeof codec?.encode !== "function" || typeof codec.decode !== "function") {
    throw optionError("metadataCodec", "an object with functions encode and decode", codec);
  }
  return codec;
}

function metadataTag<Metadata>(
  { metadata, tags }: NodeOptions<Metadata>,
  codec: MetadataCodec<Metadata>,
): Record<string, string> {
  if (metadata === undefined) return {};
  if (tags?.[METADATA_TAG] !== undefined) {
    const expected = `another name: ${METADATA_TAG} carries the metadata`;
    throw optionError(`tags.${METADATA_TAG}`, expected, tags[METADATA_TAG]);
  }
  return { [METADATA_TAG]: encodeMetadata(codec, metadata) };
}

function checkName(name: unknown): string {
  const expected = `text of 1 to ${MAX_NAME_BYTES} bytes`;
  if (typeof name !== "string" || name === "") throw optionError("name", expected, name);
  if (utf8Size(name) > MAX_NAME_BYTES) throw optionError("name", expected, name);
  return name;
}

function checkBind(bind: unknown): ResolvedNodeOptions["bind"] {
  const split = typeof bind === "string" ? splitHostPort(bind) : undefined;
  if (split === undefined) throw optionError("bind", "host:port, such as 0.0.0.0:7946", bind);
  return { host: split.host, port: split.port ?? DEFAULT_PORT };
}

function checkAdvertise(advertise: string): Address {
  try {
    return parseAddress(advertise);
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error;
    throw optionError("advertise", "an IP address with a port, such as 10.0.0.7:7946", advertise);
  }
}

function checkSeeds(seeds: readonly string[]): readonly string[] {
  if (!Array.isArray(seeds)) throw optionError("seeds", "an array of host[:port]", seeds);
  for (const [i, seed] of seeds.entries()) {
    if (typeof seed !== "string" || splitHostPort(seed) === undefined) {
      throw optionError(`seeds[${i}]`, "host[:port], such as node1.example:7946", seed);
    }
    const port = splitHostPort(seed)?.port;
    if (port === 0) throw optionError(`seeds[${i}]`, "a port other than 0", seed);
  }
  return [...seeds];
}

function checkHook<T>(option: string, hook: T): T {
  if (hook === undefined || typeof hook === "function") return hook;
  throw optionError(option, "a function", hook);
}

function checkLogger(logger: Logger): Logger {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    if (typeof logger?.[level] !== "function") {
      throw optionError("logger", `an object with a method ${level}`, logger);
    }
  }
  return logger;
}

function checkRecording(recording: RecordingOptions): RecordingOptions {
  const { sink, maxBytes = DEFAULT_RECORDING_BYTES } = recording;
  if (typeof sink?.begin !== "function" || typeof sink.write !== "function") {
    throw optionError("recording.sink", "an object with methods begin and write", sink);
  }
  checkInteger("recording.maxBytes", maxBytes, 0x1_0000, 0x4000_0000);
  return recording;
}

function checkSeedRetry(ms: number): number {
  if (!Number.isInteger(ms) || ms < 10 || ms > 3_600_000) {
    throw optionError("seedRetryMs", "a whole number in 10..3600000", ms);
  }
  return ms;
}

/** The address to tell others: the advertised one, its port filled in, else the bound one. */
export function advertisedAddress(
  advertise: Address | undefined,
  bound: Address,
  advertisable: (bound: Address) => Address,
): Address {
  if (advertise === undefined) return advertisable(bound);
  if (addressPort(advertise) !== 0) return advertise;
  return `${advertise.slice(0, advertise.lastIndexOf(":"))}:${addressPort(bound)}` as Address;
}
