/**
 * What the application asks of this node: to join, to leave, to carry other tags.
 *
 *     leave, setTags    announced ──▶ spent (sent as often as it may be) · nobody else is there · time is up
 *
 * News of ourselves has one place in the queue, our name: the latest replaces what was there, and when it is
 * spent, whatever waited for an earlier one is told as well.
 * @module
 */
import {
  assertNever,
  earlier,
  HearsayError,
  later,
  NEVER,
  NO_CHANNELS,
  optionError,
} from "../kernel/index.ts";
import type { Address, ChannelSet, Instant, NodeEvent, Rng } from "../kernel/index.ts";
import type { MembershipConfig } from "./config.ts";
import type { Forgotten } from "./forgotten.ts";
import type { Healer, HealerEffects } from "./healer.ts";
import type { MembershipCommand } from "./events.ts";
import type { Joins, JoinsEffects } from "./joins.ts";
import { ownMeta } from "./local-member.ts";
import type { LocalMember } from "./local-member.ts";
import type { LostMembers } from "./lost-members.ts";
import type { Member } from "./member.ts";
import type { MemberTable } from "./member-table.ts";
import type { PathTrials, PathTrialsEffects } from "./path-trials.ts";
import type { Pings, PingsEffects } from "./pings.ts";
import type { Prober } from "./prober.ts";
import type { PushPull } from "./push-pull.ts";
import type { Tags } from "./tags.ts";
import type { Transitions, TransitionsEffects } from "./transitions.ts";

/** Joins under way, and commands of each other kind that wait for their news to be told. */
const MAX_WAITING_COMMANDS = 256;

export type CommandsConfig = Pick<
  MembershipConfig,
  "maxJoinAddresses" | "leaveTimeoutMs" | "updateTimeoutMs"
>;

export interface CommandsNeeds {
  readonly table: MemberTable;
  readonly local: LocalMember;
  readonly transitions: Transitions;
  readonly joins: Joins;
  readonly lost: LostMembers;
  readonly forgotten: Forgotten;
  readonly pings: Pings;
  readonly pathTrials: PathTrials;
  /** Stopped by a leave: who is going accuses nobody and asks nobody. */
  readonly prober: Pick<Prober, "stop">;
  readonly pushPull: Pick<PushPull, "stop">;
  readonly healer: Pick<Healer, "stop" | "handleSeeds">;
}

export interface CommandsEffects
  extends TransitionsEffects, JoinsEffects, HealerEffects, PathTrialsEffects, PingsEffects {
  notify<E extends NodeEvent>(event: E): void;
  setAckPayload(payload: Uint8Array | undefined): void;
}

interface SavedPendingNews {
  readonly deadline: Instant;
  readonly ids: readonly number[];
}

export interface SavedCommands {
  readonly goodbye: SavedPendingNews;
  readonly update: SavedPendingNews;
  readonly tags: Tags;
  readonly channels: ChannelSet;
}

export class Commands {
  readonly #config: CommandsConfig;
  readonly #needs: CommandsNeeds;
  readonly #goodbye = new PendingNews();
  readonly #update = new PendingNews();
  #tags: Tags;
  #channels = NO_CHANNELS;

  /** @throws HearsayError `ERR_OPTION`, `ERR_META_TOO_LARGE` */
  constructor(config: CommandsConfig, tags: Tags, needs: CommandsNeeds) {
    this.#config = config;
    this.#needs = needs;
    this.#tags = tags;
    needs.local.setMeta(ownMeta(tags, this.#channels));
  }

  /** Whether anybody waits for `settle`. */
  get isWaiting(): boolean {
    return this.#goodbye.isPending || this.#update.isPending;
  }

  /** When `settle` must next be called. */
  get deadline(): Instant {
    return earlier(this.#goodbye.deadline, this.#update.deadline);
  }

  /**
   * Says which channels our tenants read, before anything is told of us.
   * @throws HearsayError `ERR_META_TOO_LARGE` when the tags leave no room for it
   */
  setChannels(channels: ChannelSet): void {
    this.#channels = channels;
    this.#needs.local.setMeta(ownMeta(this.#tags, channels));
  }

  handle(command: MembershipCommand, now: Instant, rng: Rng, effects: CommandsEffects): void {
    try {
      switch (command.type) {
        case "join":
          return this.#join(command.id, command.addresses, effects);
        case "askSeeds":
          return this.#askSeeds(command.addresses, rng, effects);
        case "leave":
          return this.#leave(command.id, now, effects);
        case "forceLeave":
          return this.#forceLeave(command.id, command.name, now, effects);
        case "ping":
          return this.#ping(command.id, command.name, now, effects);
        case "tryPath":
          return this.#tryPath(command.id, command.name, now, effects);
        case "setAckPayload":
          return effects.setAckPayload(command.payload);
        case "setTags":
          return this.#setTags(command.id, command.tags, now, effects);
        default:
          assertNever(command);
      }
    } catch (error) {
      if (!(error instanceof HearsayError) || !("id" in command)) throw error;
      const { code, message } = error;
      effects.notify({ type: "commandFailed", id: command.id, code, message });
    }
  }

  /** News with this key has been sent as often as it may be. */
  handleSpent(key: string, effects: CommandsEffects): void {
    if (key === this.#needs.local.member.name) this.#settleAll(effects);
  }

  /** Ends waits that have become pointless or too long. */
  settle(now: Instant, effects: CommandsEffects): void {
    if (!this.isWaiting) return;
    const { table } = this.#needs;
    if (table.othersIn("alive") + table.othersIn("suspect") === 0) return this.#settleAll(effects);
    if (this.#update.deadline <= now) this.#settleUpdate(effects);
    if (this.#goodbye.deadline <= now) this.#settleGoodbye(false, effects);
  }

  save(): SavedCommands {
    return {
      goodbye: this.#goodbye.save(),
      update: this.#update.save(),
      tags: new Map(this.#tags),
      channels: this.#channels,
    };
  }

  restore({ goodbye, update, tags, channels }: SavedCommands): void {
    this.#goodbye.restore(goodbye);
    this.#update.restore(update);
    this.#tags = tags;
    this.#channels = channels;
  }

  #refuseTooMany(command: string, waiting: number): void {
    if (waiting < MAX_WAITING_COMMANDS) return;
    const message = `${command}: ${MAX_WAITING_COMMANDS} of them are under way already`;
    throw new HearsayError("ERR_QUEUE_FULL", message);
  }

  #join(id: number, addresses: readonly Address[], effects: CommandsEffects): void {
    this.#refuseAfterLeave("join");
    this.#refuseTooMany("join", this.#needs.joins.size);
    const { maxJoinAddresses } = this.#config;
    if (addresses.length > maxJoinAddresses) {
      throw optionError("addresses", `at most ${maxJoinAddresses} of them`, addresses.length);
    }
    this.#needs.joins.start(id, this.#others(addresses), effects);
  }

  #askSeeds(addresses: readonly Address[], rng: Rng, effects: CommandsEffects): void {
    if (this.#needs.local.isLeaving) return;
    const some = this.#others(addresses).slice(0, this.#config.maxJoinAddresses);
    this.#needs.healer.handleSeeds(some, rng, effects);
  }

  /** Lists of seeds often name everybody, ourselves included. */
  #others(addresses: readonly Address[]): Address[] {
    const own = this.#needs.local.member.address;
    return addresses.filter((address) => address !== own);
  }

  #leave(id: number, now: Instant, effects: CommandsEffects): void {
    this.#refuseTooMany("leave", this.#goodbye.size);
    const { local, prober, pushPull, healer, transitions } = this.#needs;
    if (!local.isLeaving) {
      prober.stop();
      pushPull.stop();
      healer.stop();
      transitions.leave(now, effects);
    } else if (!this.#goodbye.isPending) {
      return effects.notify({ type: "leaveDone", id, complete: true });
    }
    this.#goodbye.await(id, this.#config.leaveTimeoutMs, now);
  }

  /**
   * What memberlist's nodes understand as a leave, told in the name of the member: those that suspect it, or
   * hold it for alive, hold it for left. Ours, too, if they hold it for dead.
   */
  #forceLeave(id: number, name: string, now: Instant, effects: CommandsEffects): void {
    this.#refuseAfterLeave("forceLeave");
    const { table, lost, forgotten, transitions } = this.#needs;
    const member = table.get(name);
    const known = member ?? lost.get(name);
    if (known === undefined) {
      throw new HearsayError("ERR_UNKNOWN_MEMBER", `forceLeave: no member is named ${name}`);
    }
    if (member?.state === "alive") {
      const advice = "it would refute; stop it, and wait until it is suspected";
      throw new HearsayError("ERR_STATE", `forceLeave: ${name} is alive: ${advice}`);
    }
    const { incarnation } = known;
    const claim = { type: "dead", incarnation, node: name, from: name } as const;
    if (member === undefined) {
      lost.remove(name);
      if (forgotten.remember(name, incarnation, now)) effects.drop("forgottenGivenUp");
      effects.spread(claim);
    } else if (member.state !== "left") {
      transitions.depart(member, claim, { type: "forcedOut" }, now, effects);
    }
    effects.notify({ type: "forcedOut", id });
  }

  #ping(id: number, name: string, now: Instant, effects: CommandsEffects): void {
    this.#needs.pings.start(id, this.#other("ping", name), now, effects);
  }

  #tryPath(id: number, name: string, now: Instant, effects: CommandsEffects): void {
    this.#needs.pathTrials.start(id, this.#other("tryPath", name), now, effects);
  }

  /** The member of this name, who is not ourselves. */
  #other(command: string, name: string): Member {
    const { table, local } = this.#needs;
    const member = table.get(name);
    if (member === undefined) {
      throw new HearsayError("ERR_UNKNOWN_MEMBER", `${command}: no member is named ${name}`);
    }
    if (member === local.member) throw optionError("name", "another member than ourselves", name);
    return member;
  }

  #setTags(id: number, tags: Tags, now: Instant, effects: CommandsEffects): void {
    this.#refuseAfterLeave("setTags");
    this.#refuseTooMany("setTags", this.#update.size);
    const meta = ownMeta(tags, this.#channels);
    if (!this.#needs.transitions.updateSelf(meta, now, effects)) {
      throw new HearsayError("ERR_STATE", "tags: no incarnation is left to tell them under");
    }
    this.#tags = tags;
    this.#update.await(id, this.#config.updateTimeoutMs, now);
  }

  #refuseAfterLeave(command: string): void {
    if (!this.#needs.local.isLeaving) return;
    const advice = "a node that comes back is a new one";
    throw new HearsayError("ERR_STATE", `${command} after leave: ${advice}`);
  }

  #settleAll(effects: CommandsEffects): void {
    this.#settleUpdate(effects);
    this.#settleGoodbye(true, effects);
  }

  #settleUpdate(effects: CommandsEffects): void {
    for (const id of this.#update.take()) effects.notify({ type: "tagsSet", id });
  }

  #settleGoodbye(complete: boolean, effects: CommandsEffects): void {
    for (const id of this.#goodbye.take()) effects.notify({ type: "leaveDone", id, complete });
  }
}

/** Commands that wait until a piece of news of ourselves is told. */
class PendingNews {
  /** When the time is up. */
  deadline: Instant = NEVER;
  #ids: number[] = [];

  get isPending(): boolean {
    return this.#ids.length > 0;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** The command `id` waits from now on; earlier ones that still wait are done when it is. */
  await(id: number, timeoutMs: number, now: Instant): void {
    this.#ids.push(id);
    this.deadline = later(now, timeoutMs);
  }

  /** Takes the commands that wait: they are done, one way or another. */
  take(): readonly number[] {
    const ids = this.#ids;
    this.#ids = [];
    this.deadline = NEVER;
    return ids;
  }

  save(): SavedPendingNews {
    return { deadline: this.deadline, ids: [...this.#ids] };
  }

  restore({ deadline, ids }: SavedPendingNews): void {
    this.deadline = deadline;
    this.#ids = [...ids];
  }
}
