/**
 * What is compared: SWIM alone, each part of Lifeguard alone, all of it, what a user of ours gets, and other detectors.
 *
 * They are options of membership and nothing else: docs/protocols/lifeguard.md, switches. In all of them a node's
 * host reads its sockets before its timers; healing is on in `hearsay` alone.
 * @module
 */
import type { DetectorName } from "hearsay/detection";
import type { MembershipOptions } from "hearsay/membership";

export type ConfigurationName = "swim" | "probe" | "suspicion" | "buddy" | "lifeguard" | "hearsay";

export interface Configuration {
  readonly title: string;
  readonly membership: MembershipOptions;
}

/** SWIM with suspicion on memberlist's wire and nothing more. */
const SWIM: MembershipOptions = {
  awarenessMaxMultiplier: 1,
  nacks: false,
  confirmations: false,
  buddy: false,
  lastCall: false,
  tcpPing: false,
  selfDistrust: false,
  reconnectNodes: 0,
};
const PROBE: MembershipOptions = { awarenessMaxMultiplier: 8, nacks: true };
const SUSPICION: MembershipOptions = { confirmations: true };
const BUDDY: MembershipOptions = { buddy: true };

export const CONFIGURATIONS: Readonly<Record<ConfigurationName, Configuration>> = {
  swim: { title: "SWIM", membership: SWIM },
  probe: { title: "LHA-Probe", membership: { ...SWIM, ...PROBE } },
  suspicion: { title: "LHA-Suspicion", membership: { ...SWIM, ...SUSPICION } },
  buddy: { title: "Buddy", membership: { ...SWIM, ...BUDDY } },
  lifeguard: {
    title: "Lifeguard",
    membership: { ...SWIM, ...PROBE, ...SUSPICION, ...BUDDY },
  },
  hearsay: { title: "hearsay", membership: {} },
};

export const CONFIGURATION_NAMES = Object.keys(CONFIGURATIONS) as readonly ConfigurationName[];

/** What a column of a table of measures is: a way to run membership, or a detector alone. */
export type ColumnName = ConfigurationName | DetectorName;

const DETECTOR_TITLES: Readonly<Record<DetectorName, string>> = {
  phi: "phi",
  heartbeat: "heartbeat",
  gems: "GEMS",
};
export const DETECTOR_NAMES = Object.keys(DETECTOR_TITLES) as readonly DetectorName[];

export function isDetector(name: string): name is DetectorName {
  return name in DETECTOR_TITLES;
}

export function titleOf(name: ColumnName): string {
  return isDetector(name) ? DETECTOR_TITLES[name] : CONFIGURATIONS[name].title;
}
