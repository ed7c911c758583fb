/**
 * Our end of the streams on which we send: memberlist's user stream.
 *
 *     dialing ──opened──▶ writing ──ended──▶ sent
 *        └──────failed───────┴──failed──▶ sendFailed
 *
 * @module
 */
import { TYPE_BYTE, Writer } from "../codec/index.ts";
import { encode } from "../kernel/index.ts";
import type { Address, ExchangeId, StreamFailure, TenantEffects } from "../kernel/index.ts";
import type { MessagingConfig } from "./config.ts";
import type { SendOutcome } from "./events.ts";
import { DIRECT, USER_MESSAGE_HEADER } from "./wire.ts";
import type { Direct, MessagingMessage } from "./wire.ts";

interface Send {
  readonly id: number;
  readonly message: Direct;
  written: boolean;
}

/** What the sender needs to hear of its streams. */
export type SenderInput =
  | { readonly type: "opened" | "ended"; readonly exchange: ExchangeId }
  | { readonly type: "failed"; readonly exchange: ExchangeId; readonly reason: StreamFailure };

export type ReliableSenderConfig = Pick<MessagingConfig, "maxReliableSends" | "maxOutboundBytes">;

export interface SavedSender {
  readonly sends: ReadonlyMap<ExchangeId, Send>;
  readonly dialed: number;
}

export class ReliableSender {
  readonly #config: ReliableSenderConfig;
  readonly #sends = new Map<ExchangeId, Send>();
  #bytes = 0;
  #dialed = 0;

  constructor(config: ReliableSenderConfig) {
    this.#config = config;
  }

  /** Starts a send; false if too many are under way. */
  send(
    id: number,
    to: Address,
    message: Direct,
    effects: TenantEffects<MessagingMessage>,
  ): boolean {
    const { maxReliableSends, maxOutboundBytes } = this.#config;
    if (this.#sends.size >= maxReliableSends) return false;
    if (this.#bytes + bytesOf(message) > maxOutboundBytes) return false;
    this.#bytes += bytesOf(message);
    const exchange = ++this.#dialed as ExchangeId;
    this.#sends.set(exchange, { id, message, written: false });
    effects.dial(exchange, to);
    return true;
  }

  save(): SavedSender {
    const sends = new Map([...this.#sends].map(([exchange, send]) => [exchange, { ...send }]));
    return { sends, dialed: this.#dialed };
  }

  restore({ sends, dialed }: SavedSender): void {
    this.#dialed = dialed;
    for (const [exchange, send] of sends) {
      this.#sends.set(exchange, { ...send });
      this.#bytes += bytesOf(send.message);
    }
  }

  handle(input: SenderInput, effects: TenantEffects<MessagingMessage>): void {
    const send = this.#sends.get(input.exchange);
    if (send === undefined) return;
    if (input.type === "opened") {
      send.written = true;
      effects.write(input.exchange, userStream(send.message));
      effects.finish(input.exchange);
      return;
    }
    this.#sends.delete(input.exchange);
    this.#bytes -= bytesOf(send.message);
    if (input.type === "ended" && send.written) {
      return effects.notify({ type: "sent", id: send.id } satisfies SendOutcome);
    }
    const reason = input.type === "failed" ? input.reason : "closed early";
    effects.notify({
      type: "sendFailed",
      id: send.id,
      code: "ERR_SEND",
      message: `the stream broke: ${reason}`,
    } satisfies SendOutcome);
  }
}

function bytesOf({ payload }: Direct): number {
  return payload?.length ?? 0;
}

/** The whole stream: type byte, header, message without its own type byte. */
function userStream(message: Direct): Uint8Array {
  const encoded = encode(DIRECT, message);
  const header = { bytes: encoded.length - 1 };
  const start = 1 + USER_MESSAGE_HEADER.sizeOf(header);
  const stream = new Uint8Array(start + header.bytes);
  stream[0] = TYPE_BYTE.user;
  USER_MESSAGE_HEADER.write(new Writer(stream, 1), header);
  stream.set(encoded.subarray(1), start);
  return stream;
}
