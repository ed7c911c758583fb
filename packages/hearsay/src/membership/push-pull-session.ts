/**
 * One stream of membership, from its opening to its end.
 *
 *     dialed      dialing ──opened──▶ telling ──▶ hearing ──whole──▶ merge
 *     accepted    hearing ──whole──▶ telling ──all written──▶ merge
 *                    └── a ping: answered and closed
 *
 * Whoever accepts answers before it merges, so that its answer is what it knew before; a state that it then
 * refuses has been answered all the same. Nobody waits for the other's end of stream: all lengths are in
 * the messages.
 * @module
 */
import { DecodeError, encode } from "../kernel/index.ts";
import type {
  Address,
  ExchangeId,
  ExchangeInput,
  StreamFailure,
  TenantEffects,
} from "../kernel/index.ts";
import type { ExchangeFailure } from "./state-check.ts";
import { plainRow, StateWriter, StreamMessageReader } from "./state-stream.ts";
import type {
  RemoteState,
  SavedStateWriter,
  SavedStreamMessage,
  StateLimits,
  StreamMessage,
  TellableMember,
} from "./state-stream.ts";
import { ACK } from "./wire.ts";
import type { Ping } from "./wire.ts";

export interface SessionNeeds {
  /** Our own name: pings of another are not answered. */
  readonly name: string;
  readonly limits: StateLimits;
  /** Our state as of now, to be written piece by piece. */
  openState(join: boolean): StateWriter;
  check(state: RemoteState, from: Address): ExchangeFailure | undefined;
  /** The member with this name, as a state tells of it. */
  member(name: string): TellableMember | undefined;
}

export interface SessionEffects extends Pick<
  TenantEffects,
  "write" | "writePart" | "finish" | "abort" | "drop"
> {
  /** The state of the other side, whole and checked. */
  merge(state: RemoteState, from: Address): void;
  /** Nothing more happens in this session. */
  done(session: PushPullSession, failure: ExchangeFailure | undefined): void;
}

type Chunk = Pick<Extract<ExchangeInput, { readonly type: "chunk" }>, "bytes" | "part">;

/** How a refused state is counted, where it is not malformed. */
const REFUSALS: Readonly<Partial<Record<ExchangeFailure["reason"], string>>> = {
  incompatible: "incompatibleState",
  vetoed: "mergeVetoed",
};

export interface SavedSession {
  readonly id: ExchangeId;
  readonly role: "dialed" | "accepted";
  readonly address: Address;
  readonly join: boolean;
  readonly receivedBytes: number;
  readonly reader: SavedStreamMessage;
  readonly writer: SavedStateWriter | undefined;
  readonly heard: RemoteState | undefined;
}

export class PushPullSession {
  readonly id: ExchangeId;
  readonly role: "dialed" | "accepted";
  readonly address: Address;
  readonly #needs: SessionNeeds;
  readonly #reader: StreamMessageReader;
  /** Counted by whoever hands them over. */
  receivedBytes = 0;
  #join: boolean;
  #writer: StateWriter | undefined;
  /** What has been heard and waits until all is told. */
  #heard: RemoteState | undefined;

  constructor(
    id: ExchangeId,
    role: "dialed" | "accepted",
    address: Address,
    join: boolean,
    needs: SessionNeeds,
  ) {
    this.id = id;
    this.role = role;
    this.address = address;
    this.#join = join;
    this.#needs = needs;
    this.#reader = new StreamMessageReader(needs.limits);
  }

  /** Whether the exchange is a join rather than the regular one. */
  get isJoin(): boolean {
    return this.#join;
  }

  handleOpened(effects: SessionEffects): void {
    this.#writer = this.#needs.openState(this.#join);
    this.#tellMore(effects);
  }

  handleWritable(effects: SessionEffects): void {
    if (this.#writer !== undefined) this.#tellMore(effects);
  }

  handleChunk(chunk: Chunk, effects: SessionEffects): void {
    if (this.#heard !== undefined) return;
    let message: StreamMessage | undefined;
    try {
      message =
        chunk.part === undefined
          ? this.#reader.push(chunk.bytes)
          : this.#reader.pushPart(chunk.part);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      effects.drop(error.reason);
      return this.#break({ reason: "malformed", detail: error.message }, effects);
    }
    if (message === undefined) return;
    if (message.type === "state") return this.#hear(message, effects);
    if (message.type === "ping" && this.role === "accepted") return this.#answer(message, effects);
    if (message.type === "err" && this.role === "dialed") {
      return this.#break({ reason: "remoteError", detail: message.error }, effects);
    }
    effects.drop("misplacedType");
    this.#break({ reason: "malformed", detail: `an unexpected ${message.type}` }, effects);
  }

  /** The other side says no more. */
  handleEnded(effects: SessionEffects): void {
    if (this.#heard === undefined) this.#break({ reason: "closed" }, effects);
  }

  /** The stream is gone. */
  handleFailed(reason: StreamFailure, effects: SessionEffects): void {
    effects.done(this, { reason });
  }

  /** There is no room for what comes. */
  handleOverload(effects: SessionEffects): void {
    this.#break({ reason: "overLimit" }, effects);
  }

  /** The session has taken too long. */
  handleTimeout(effects: SessionEffects): void {
    this.#break({ reason: "timedOut" }, effects);
  }

  save(): SavedSession {
    const heard = this.#heard;
    return {
      id: this.id,
      role: this.role,
      address: this.address,
      join: this.#join,
      receivedBytes: this.receivedBytes,
      reader: this.#reader.save(),
      writer: this.#writer?.save((member) => this.#needs.member(member.said.node) === member),
      heard: heard && { ...heard, rows: heard.rows.map(plainRow) },
    };
  }

  static restored(saved: SavedSession, needs: SessionNeeds, rowsPerWrite: number): PushPullSession {
    const session = new PushPullSession(saved.id, saved.role, saved.address, saved.join, needs);
    session.receivedBytes = saved.receivedBytes;
    session.#reader.restore(saved.reader);
    session.#heard = saved.heard;
    if (saved.writer === undefined) return session;
    const rows = saved.writer.rows.map((row) => {
      return typeof row === "string" ? (needs.member(row) as TellableMember) : row;
    });
    session.#writer = new StateWriter(rows, rowsPerWrite, saved.writer.join);
    session.#writer.restore(saved.writer);
    return session;
  }

  #hear(state: RemoteState, effects: SessionEffects): void {
    this.#heard = state;
    if (this.role === "dialed") return this.#close(effects);
    this.#join = state.join;
    this.#writer = this.#needs.openState(this.#join);
    this.#tellMore(effects);
  }

  #tellMore(effects: SessionEffects): void {
    const writer = this.#writer as StateWriter;
    effects.writePart(this.id, writer.next());
    if (!writer.isDone) return;
    this.#writer = undefined;
    if (this.role === "accepted") this.#close(effects);
  }

  /** Both states are on their ways: ours is told, theirs is taken over if it is in order. */
  #close(effects: SessionEffects): void {
    const state = this.#heard as RemoteState;
    effects.finish(this.id);
    const failure = this.#needs.check(state, this.address);
    if (failure === undefined) effects.merge(state, this.address);
    else effects.drop(REFUSALS[failure.reason] ?? "malformedState");
    effects.done(this, failure);
  }

  #answer(ping: Ping, effects: SessionEffects): void {
    if (ping.node === "" || ping.node === this.#needs.name) {
      const ack = { type: "ack", seq: ping.seq, payload: undefined } as const;
      effects.write(this.id, encode(ACK, ack));
    } else effects.drop("pingOfAnother");
    effects.finish(this.id);
    effects.done(this, undefined);
  }

  #break(failure: ExchangeFailure, effects: SessionEffects): void {
    effects.abort(this.id);
    effects.done(this, failure);
  }
}
