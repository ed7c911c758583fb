/**
 * What happens between the nodes of a crowd: latency, loss, and the links.
 *
 *     dialer  ── dial ──▶  acceptor: linkUp       refused, if nobody lives there
 *             ◀─ answer ─                         linkUp at the dialer
 *             ═══ messages, in order ═══
 *     whoever dialed and has no holder left closes; both sides hear `linkDown`
 *
 * A link has an end at either node. Two dials that cross make one link, as they do in composition.
 * @module
 */
import { optionError } from "../../kernel/index.ts";
import type { Message, PeerId, Rng, StreamFailure, TenantInput } from "../../kernel/index.ts";
import { Dial, HangUp, LinkedArrival } from "./crowd-arrivals.ts";
import type { Arrival, ArrivalPlace } from "./crowd-arrivals.ts";
import { CrowdLinks } from "./crowd-links.ts";
import type { LinkEnd } from "./crowd-links.ts";
import type { CrowdPeers } from "./crowd-peers.ts";

export interface CrowdNetworkOptions {
  /** Ms that a message takes: the same for all, or uniform in a range. @default 1 */
  readonly latencyMs?: number | readonly [least: number, most: number];
  /** Probability that a message sent outside of links is lost, in `0..1`. @default 0 */
  readonly loss?: number;
  /**
   * When the peers of a node that dies hear of it: each at once by its link, or whoever sends on the link next.
   * @default "atOnce"
   */
  readonly brokenLinks?: "atOnce" | "whenUsed";
  /** Ms from there until they are told, beside latency: what time-outs of hosts take. @default 0 */
  readonly brokenAfterMs?: number;
  /** Told of every message as it is sent. */
  readonly onMessage?: (from: PeerId, to: PeerId, message: Message) => void;
}

/** What the messages of a crowd came to, since it began. */
export interface CrowdCounts {
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  /** To nodes that were dead, or over links that were gone, when they came. */
  readonly missed: number;
}

/** What the network asks of its crowd. */
export interface NetworkSurroundings {
  readonly peers: CrowdPeers;
  now(): number;
  isAlive(node: PeerId): boolean;
  deliver(node: PeerId, tenant: number, input: TenantInput): void;
  deliverAll(node: PeerId, input: TenantInput): void;
  schedule(at: number, arrival: Arrival): void;
}

export class CrowdNetwork implements ArrivalPlace {
  readonly links: CrowdLinks = new CrowdLinks();
  readonly peers: CrowdPeers;
  readonly #around: NetworkSurroundings;
  readonly #latencyRng: Rng;
  readonly #lossRng: Rng;
  readonly #leastMs: number;
  readonly #spanMs: number;
  readonly #loss: number;
  readonly #tellsAtOnce: boolean;
  readonly #brokenAfterMs: number;
  readonly #onMessage: CrowdNetworkOptions["onMessage"];
  #sent = 0;
  #delivered = 0;
  #lost = 0;
  #missed = 0;

  /** @throws HearsayError `ERR_OPTION` */
  constructor(rng: Rng, options: CrowdNetworkOptions, around: NetworkSurroundings) {
    const { latencyMs = 1, loss = 0, brokenLinks = "atOnce", brokenAfterMs = 0 } = options;
    const [least, most] = typeof latencyMs === "number" ? [latencyMs, latencyMs] : latencyMs;
    if (!(least >= 0 && most >= least && most < Infinity)) {
      throw optionError("latencyMs", "ms >= 0, or a range of two with the lesser first", latencyMs);
    }
    if (!(loss >= 0 && loss <= 1)) throw optionError("loss", "a probability in 0..1", loss);
    if (!(brokenAfterMs >= 0 && brokenAfterMs < Infinity)) {
      throw optionError("brokenAfterMs", "ms >= 0", brokenAfterMs);
    }
    this.#around = around;
    this.peers = around.peers;
    this.#latencyRng = rng.fork();
    this.#lossRng = rng.fork();
    this.#leastMs = least;
    this.#spanMs = most - least;
    this.#loss = loss;
    this.#tellsAtOnce = brokenLinks === "atOnce";
    this.#brokenAfterMs = brokenAfterMs;
    this.#onMessage = options.onMessage;
  }

  get counts(): CrowdCounts {
    return {
      sent: this.#sent,
      delivered: this.#delivered,
      lost: this.#lost,
      missed: this.#missed,
    };
  }

  isAlive(node: PeerId): boolean {
    return this.#around.isAlive(node);
  }

  /** Sends a message outside of links: it may be lost. */
  datagram(from: PeerId, to: PeerId, message: Message, arrival: Arrival): void {
    this.#sent++;
    this.#onMessage?.(from, to, message);
    const latency = this.#latency();
    if (this.#loss > 0 && this.#lossRng.unit() < this.#loss) this.#lost++;
    else this.#around.schedule(this.#around.now() + latency, arrival);
  }

  /** Sends a message on a link: it overtakes none that was sent before. */
  linked(from: PeerId, end: LinkEnd, tenant: number, message: Message): void {
    this.#sent++;
    this.#onMessage?.(from, end.peer, message);
    this.reply(new LinkedArrival(from, end, tenant, message), end);
  }

  /** Makes the dialer's end and sends the dial. */
  dial(from: PeerId, to: PeerId): LinkEnd {
    const end = this.links.add(from, to, true);
    this.reply(new Dial(from, end), end);
    return end;
  }

  /** Takes our end away and tells the other side, behind all that was sent on it. */
  hangUp(from: PeerId, end: LinkEnd): void {
    const { peer, other } = end;
    this.links.delete(from, end);
    // Where the call has not been taken yet, whoever takes it finds us gone.
    if (other !== undefined) this.reply(new HangUp(peer, other, "closed", end), end);
  }

  /** Takes the ends of a node that dies; its peers hear of it at once, or when they send the next message. */
  kill(node: PeerId): void {
    for (const end of this.links.bury(node)) {
      if (end.other !== undefined) this.mourn(end.peer, end.other, end);
    }
  }

  // What arrivals do.

  message(to: PeerId, tenant: number, input: TenantInput): void {
    this.#delivered++;
    this.#around.deliver(to, tenant, input);
  }

  missed(): void {
    this.#missed++;
  }

  linkUp(node: PeerId, peer: PeerId): void {
    this.#around.deliverAll(node, { type: "linkUp", peer });
  }

  linkDown(node: PeerId, end: LinkEnd, reason: StreamFailure | "closed"): void {
    this.links.delete(node, end);
    this.#around.deliverAll(node, { type: "linkDown", peer: end.peer, reason });
  }

  broken(node: PeerId, end: LinkEnd, left: LinkEnd): void {
    const at = this.#around.now() + this.#brokenAfterMs + this.#latency();
    this.#around.schedule(at, new HangUp(node, end, "reset", left));
  }

  mourn(node: PeerId, end: LinkEnd, left: LinkEnd): void {
    if (this.#tellsAtOnce) this.broken(node, end, left);
  }

  reply(arrival: Arrival, end?: LinkEnd): void {
    let at = this.#around.now() + this.#latency();
    if (end !== undefined) {
      at = Math.max(at, end.arrivesAt);
      end.arrivesAt = at;
    }
    this.#around.schedule(at, arrival);
  }

  #latency(): number {
    return this.#leastMs + (this.#spanMs === 0 ? 0 : this.#latencyRng.unit() * this.#spanMs);
  }
}
