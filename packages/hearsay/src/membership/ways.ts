/**
 * Which way leads to a member.
 *
 *     we read datagrams   the member does       as datagrams, unless they get lost: then on a link, if it is of our kind
 *                         the member does not   on a link
 *     we do not           it is of our kind     on a link
 *                         it is memberlist's    no packets at all: pings over TCP, state exchanges in place of gossip
 *
 * Which packets go on links is the composition's affair; here stands what else must be done.
 * @see docs/tcp-only.md
 * @module
 */
import { NO_CHANNELS, STREAMS_ONLY } from "../kernel/index.ts";
import type { Peers } from "../kernel/index.ts";
import type { LocalMember } from "./local-member.ts";
import type { Member } from "./member.ts";

export class Ways {
  readonly #peers: Peers;
  readonly #self: Member;

  constructor(peers: Peers, local: LocalMember) {
    this.#peers = peers;
    this.#self = local.member;
  }

  /** Whether we are reached by streams alone. */
  get streamsOnly(): boolean {
    return this.#peers.understands(this.#self.peer, STREAMS_ONLY);
  }

  /** Whether packets get to the member, be it on a link. */
  carryPackets({ peer }: Member): boolean {
    return !this.streamsOnly || this.#peers.channelsOf(peer) !== NO_CHANNELS;
  }

  /** Whether datagrams between us and the member are out of the question. */
  areStreamsOnly({ peer }: Member): boolean {
    return this.streamsOnly || this.#peers.understands(peer, STREAMS_ONLY);
  }
}
