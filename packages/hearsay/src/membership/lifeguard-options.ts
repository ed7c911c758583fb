/**
 * Options of Lifeguard and of plain SWIM's parts: each part has a switch, because papers and users
 * compare them.
 *
 * All off is plain SWIM on memberlist's wire. Nodes with different switches understand each other, but
 * a cluster is as patient as its least patient member.
 * @see docs/protocols/lifeguard.md, switches
 * @module
 */

export interface LifeguardOptions {
  /**
   * Local health: a node that has reason to think itself slow probes up to this many times more slowly.
   * 1 turns it off. Sensible: 8. @default 8
   */
  readonly awarenessMaxMultiplier: number;
  /**
   * Whether local health scales the probe timeout, as the paper says, or the probe interval alone, as
   * memberlist does. @default true
   */
  readonly awarenessScalesTimeout: boolean;
  /**
   * Whether relays are asked to say when they had no answer either: a nack that does not come lowers our
   * trust in ourselves. @default true
   */
  readonly nacks: boolean;
  /**
   * Whether a suspicion begins with `suspicionMaxTimeoutMult` times its formula and shrinks as others
   * confirm it. Without, it has the formula's time from the start. @default true
   */
  readonly confirmations: boolean;
  /** What an unconfirmed suspicion's time is multiplied by. Sensible: 6. @default 6 */
  readonly suspicionMaxTimeoutMult: number;
  /** Whether the ping to a suspect tells it of the suspicion in the same packet. @default true */
  readonly buddy: boolean;
  /**
   * Whether a suspect is told again and again, directly, in the last `probeIntervalMs` before it is declared
   * dead, and answers those at once who accuse it of what it has taken back. Neither the paper nor memberlist
   * does. @default true
   */
  readonly lastCall: boolean;
  /** Whether a member that has not answered is also pinged over a stream. @default true */
  readonly tcpPing: boolean;
  /** Whether a late wake-up of our own suspends our judgement of others. @default true */
  readonly selfDistrust: boolean;
  /**
   * Ms by which a wake-up of ours may be late before we distrust ourselves: more than a busy process needs,
   * less than the probe timeout. Sensible: half of `probeTimeoutMs`, up to 500. @default 250
   */
  readonly lateWakeUpMs: number;
  /**
   * SWIM's suspicion (§4.2). Without, a member that does not answer is dead at once. @default true
   */
  readonly suspicion: boolean;
  /**
   * SWIM's dissemination by infection (§4.1). Without, news is sent once and to every member by the node
   * that has made it, as SWIM's basic multicast does. @default true
   */
  readonly piggyback: boolean;
}

/** Lifeguard whole, for a local network. */
export const LIFEGUARD: LifeguardOptions = {
  awarenessMaxMultiplier: 8,
  awarenessScalesTimeout: true,
  nacks: true,
  confirmations: true,
  suspicionMaxTimeoutMult: 6,
  buddy: true,
  lastCall: true,
  tcpPing: true,
  selfDistrust: true,
  lateWakeUpMs: 250,
  suspicion: true,
  piggyback: true,
};
