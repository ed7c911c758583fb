/**
 * What the tenants of a crowd ask for: `TenantEffects`, bound to whoever has the turn. One object serves
 * all nodes.
 * @module
 */
import { invariant } from "../../kernel/index.ts";
import type {
  Address,
  Message,
  NodeEvent,
  NodeSignal,
  PeerId,
  TenantEffects,
  TenantInput,
} from "../../kernel/index.ts";
import { DatagramArrival } from "./crowd-arrivals.ts";
import type { CrowdNetwork } from "./crowd-network.ts";
import type { CrowdPeers } from "./crowd-peers.ts";

/** What the desk asks of its crowd. */
export interface DeskSurroundings {
  /** For tenants of the node that has the turn, when the one at hand has returned. */
  pend(tenant: number, input: TenantInput): void;
  notify(node: PeerId, event: NodeEvent): void;
}

export class CrowdDesk implements TenantEffects {
  /** Whoever has the turn, and how many tenants it has. */
  node: PeerId = 0 as PeerId;
  tenant = 0;
  tenants = 0;
  readonly #drops = new Map<string, number>();
  readonly #peers: CrowdPeers;
  readonly #network: CrowdNetwork;
  readonly #around: DeskSurroundings;

  constructor(peers: CrowdPeers, network: CrowdNetwork, around: DeskSurroundings) {
    this.#peers = peers;
    this.#network = network;
    this.#around = around;
  }

  /** What tenants have counted as not done, by reason. */
  get drops(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#drops);
  }

  send(peer: PeerId, message: Message, second?: Message): void {
    const { node, tenant } = this;
    const arrival = new DatagramArrival(node, peer, tenant, message, this.#peers);
    this.#network.datagram(node, peer, message, arrival);
    if (second !== undefined) this.send(peer, second);
  }

  sendTo(address: Address, message: Message): void {
    this.send(this.#peers.at(address), message);
  }

  link(peer: PeerId): void {
    const { node, tenant } = this;
    const known = this.#network.links.find(node, peer);
    const end = known ?? this.#network.dial(node, peer);
    end.holders |= 1 << tenant;
    if (end.up) this.#around.pend(tenant, { type: "linkUp", peer });
  }

  sendLinked(peer: PeerId, message: Message): void {
    const { node, tenant } = this;
    const end = this.#network.links.find(node, peer);
    if (end?.up !== true) return this.drop("noLink");
    this.#network.linked(node, end, tenant, message);
  }

  unlink(peer: PeerId): void {
    const end = this.#network.links.find(this.node, peer);
    if (end === undefined) return;
    end.holders &= ~(1 << this.tenant);
    if (end.holders !== 0 || !end.dialed) return;
    const wasUp = end.up;
    this.#network.hangUp(this.node, end);
    if (!wasUp) return;
    for (let tenant = 0; tenant < this.tenants; tenant++) {
      this.#around.pend(tenant, { type: "linkDown", peer, reason: "closed" });
    }
  }

  signal(signal: NodeSignal): void {
    for (let other = 0; other < this.tenants; other++) {
      if (other !== this.tenant) this.#around.pend(other, { type: "signal", signal });
    }
  }

  notify(event: NodeEvent): void {
    this.#around.notify(this.node, event);
  }

  drop(reason: string): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1);
  }

  gossip(): void {
    unavailable("gossip");
  }

  offer(): void {
    unavailable("offer");
  }

  dial(): void {
    unavailable("dial");
  }

  write(): void {
    unavailable("write");
  }

  writePart(): void {
    unavailable("writePart");
  }

  finish(): void {
    unavailable("finish");
  }

  abort(): void {
    unavailable("abort");
  }
}

/** A crowd has neither packets that news could ride on nor streams of bytes. */
function unavailable(effect: string): never {
  invariant(false, `a tenant that asks for ${effect} is hosted by a World, not by a Crowd`);
}
