/**
 * What gets through between two members, and which way.
 *
 *     packets      stream        a datagram of the other was heard    finding
 *     answered     answered      ·                                    none, or packets-cut, packets-lost
 *     answered     else          ·                                    tcp-blocked
 *     silent       answered      yes                                  udp-one-way: what we send gets lost
 *     silent       answered      no, but it has heard us              udp-one-way: what it sends gets lost
 *     silent       answered      no                                   udp-blocked
 *     silent       taken         no                                   process-stuck
 *     silent       refused       ·                                    unreachable: no process is there
 *     silent       undecryptable ·                                    key-differs
 *     silent       closed        ·                                    duplicate-address: another node is there
 *     silent       else          yes                                  one-way
 *     silent       else          no                                   unreachable
 *
 * @module
 */
import type { Finding } from "./finding.ts";
import type { NodeReport, TriedPath } from "./report.ts";

/** Of the pings that were sent, this share must have been answered. */
const FAIR_SHARE = 0.5;

/** What is wrong with a path that `report`'s node has tried; the other end may have a report, too. */
export function diagnosePath(
  report: NodeReport,
  path: TriedPath,
  reports: readonly NodeReport[],
): readonly Finding[] {
  const { packets, largePackets, stream } = path;
  const pair = [report.name, path.name] as const;
  const isDead = report.members.some(({ name, state }) => name === path.name && state === "dead");
  const isShared = report.members.some(({ name, address }) => {
    return address === path.address && name !== path.name;
  });
  // Whoever is dead may have a successor under another name; two at one address are found by their members' rows.
  if (stream === "closed" && (isDead || isShared)) return [];
  if (packets.sent === 0) return stream === "answered" ? [] : [withoutPackets(pair, path)];
  if (packets.answered === 0)
    return [silence(pair, path, heardBy(path.name, report.name, reports))];
  const found: Finding[] = [];
  if (stream !== "answered") found.push(tcpBlocked(pair, path));
  if (packets.answered < FAIR_SHARE * packets.sent) found.push(packetsLost(pair, path));
  else if (largePackets.sent > 0 && largePackets.answered === 0) found.push(packetsCut(pair));
  return found;
}

type Pair = readonly [us: string, them: string];

/** Whether `name` has heard a datagram of `other`, as far as it was asked. */
function heardBy(name: string, other: string, reports: readonly NodeReport[]): boolean {
  const report = reports.find((each) => each.name === name);
  return report?.paths.some((path) => path.name === other && path.heard) === true;
}

/** No packet was answered. */
function silence(pair: Pair, path: TriedPath, theyHearUs: boolean): Finding {
  const [us, them] = pair;
  switch (path.stream) {
    case "closed":
      return addressTaken(path);
    case "answered":
      if (path.heard) return udpOneWay(them, us);
      return theyHearUs ? udpOneWay(us, them) : udpBlocked(pair, path);
    case "undecryptable":
      return keyDiffers(pair);
    case "taken":
      return path.heard ? oneWay(pair) : processStuck(path);
    case "refused":
      return nobodyThere(path);
    default:
      return path.heard ? oneWay(pair) : unreachable(pair, path);
  }
}

/** Where there is no UDP on purpose, only the stream speaks. */
function withoutPackets(pair: Pair, path: TriedPath): Finding {
  switch (path.stream) {
    case "closed":
      return addressTaken(path);
    case "undecryptable":
      return keyDiffers(pair);
    case "taken":
      return processStuck(path);
    case "refused":
      return nobodyThere(path);
    default:
      return unreachable(pair, path);
  }
}

function udpBlocked([us, them]: Pair, { address }: TriedPath): Finding {
  return {
    code: "udp-blocked",
    about: [us, them],
    sentence: `${us} and ${them} reach each other over TCP, but no UDP packet gets through.`,
    cure:
      `Open UDP beside TCP, both ways, for the ports of both (${them} is at ${address}): in firewalls, in the security groups ` +
      "of a cloud, and in the port mapping of containers (`-p 7946:7946/udp`). Where it cannot be opened, start the " +
      "agents with `--tcp-only`.",
  };
}

function udpOneWay(passes: string, lost: string): Finding {
  return {
    code: "udp-one-way",
    about: [passes, lost],
    sentence: `UDP packets of ${passes} reach ${lost}, but those of ${lost} do not reach ${passes}. TCP gets through.`,
    cure:
      `Let UDP come in to ${passes}, from everywhere in the cluster and not only as answers: a stateful firewall or NAT in front of ` +
      "it lets out what it does not let in.",
  };
}

function tcpBlocked([us, them]: Pair, { address, stream }: TriedPath): Finding {
  const how = stream === "refused" ? "is refused" : "is not answered";
  return {
    code: "tcp-blocked",
    about: [us, them],
    sentence: `${us} and ${them} reach each other by UDP, but a TCP connection to ${address} ${how}.`,
    cure: "Open TCP beside UDP for the same port. Without it nobody can join there, and what gossip has missed is never made up for.",
  };
}

function oneWay([us, them]: Pair): Finding {
  return {
    code: "one-way",
    about: [us, them],
    sentence: `What ${them} sends reaches ${us}, but nothing that ${us} sends reaches ${them}.`,
    cure:
      `Look at what stands between the two: a rule for ${us}'s address at ${them}, a route that ${us} lacks, or an address that ` +
      `${them} tells the others and that is not its own (\`--advertise\`).`,
  };
}

function packetsCut([us, them]: Pair): Finding {
  return {
    code: "packets-cut",
    about: [us, them],
    sentence: `Small UDP packets of ${us} reach ${them}, but large ones do not.`,
    cure:
      'The path takes smaller packets than its ends believe, as tunnels and VPNs do. Let ICMP "fragmentation needed" through, set the MTU ' +
      "of the interface right, or make packets smaller on every node: `composition: { packetBytes: 1200 }`.",
  };
}

function packetsLost([us, them]: Pair, { packets }: TriedPath): Finding {
  const { sent, answered } = packets;
  return {
    code: "packets-lost",
    about: [us, them],
    sentence: `Of ${sent} UDP packets that ${us} sent to ${them}, ${answered} were answered.`,
    cure: "Look for a link that is full, a duplex mismatch or a limit on packets a second between the two, and ask again: a few packets are no proof.",
  };
}

function processStuck({ name, address }: TriedPath): Finding {
  return {
    code: "process-stuck",
    about: [name],
    sentence: `The machine of ${name} takes connections at ${address}, but its process does not answer.`,
    cure:
      "It is stopped (`ps` shows T: `kill -CONT`), swapped out, or something blocks its event loop: ask it with " +
      "`hearsay doctor --http` on its own machine.",
  };
}

function nobodyThere({ name, address }: TriedPath): Finding {
  return {
    code: "unreachable",
    about: [name],
    sentence: `Nobody listens at ${address}, where ${name} should be.`,
    cure: `Its process has ended: start it again. If ${name} is gone for good, \`hearsay force-leave ${name}\`.`,
  };
}

function addressTaken({ name, address }: TriedPath): Finding {
  return {
    code: "duplicate-address",
    about: [name],
    sentence: `${name} says that it is at ${address}, but another node answers there.`,
    cure:
      `Tell ${name} what address the others reach it at (\`--advertise\`): behind NAT and in containers it is not the one that it is ` +
      "bound to.",
  };
}

function unreachable([us, them]: Pair, { address }: TriedPath): Finding {
  return {
    code: "unreachable",
    about: [us, them],
    sentence: `Nothing that ${us} sends to ${them} at ${address} is answered, neither by UDP nor over TCP.`,
    cure:
      `Its machine is off, the network between the two is cut, or ${them} tells the others an address that they cannot reach ` +
      "(`--advertise`).",
  };
}

function keyDiffers([us, them]: Pair): Finding {
  return {
    code: "key-differs",
    about: [us, them],
    sentence: `${us} and ${them} do not understand each other: their keys, labels or encryption differ.`,
    cure: "Compare `hearsay keys list` and `--label` on both, and make them the same.",
  };
}
