/**
 * Writes on their way into maps, and those whose copies are waited for.
 *
 *     write ──▶ machine ──▶ here                              copies 0: done
 *                 └──▶ others ──▶ "I have seen that"          copies 1: done
 *                 asked again and again, until timeoutMs      or ERR_TIMEOUT: it is set here
 *
 * @module
 */
import { checkInteger, HearsayError } from "../../kernel/index.ts";
import type { AwaitedCopies, MapMutation, MapWrite } from "./map-events.ts";
import { ASK_MS } from "./map-host.ts";
import type { MapCarrier, MapHost } from "./map-host.ts";

export interface WriteOptions {
  /**
   * How many other nodes must have told that they have it before the promise resolves. With 1, what was acknowledged
   * outlives the death of any one node. @default 0: it is here, and on its way
   */
  readonly copies?: number;
  /** How long that may take, in ms. Then the promise rejects; what was written stays. @default 10000 */
  readonly timeoutMs?: number;
}

/** A write before anybody waits for its copies. */
export type AskedWrite = OmitAwaited<MapWrite>;
type OmitAwaited<W> = W extends unknown ? Omit<W, "awaited"> : never;

interface Awaited {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class MapWrites {
  readonly #host: MapHost;
  readonly #awaited = new Map<number, Awaited>();
  #tickets = 0;

  constructor(host: MapHost) {
    this.#host = host;
  }

  /** @throws HearsayError `ERR_OPTION`, `ERR_STATE`, `ERR_TIMEOUT`, and what the machine says */
  async write(
    store: string,
    asked: AskedWrite,
    { copies = 0, timeoutMs = 10_000 }: WriteOptions,
  ): Promise<void> {
    checkInteger("copies", copies, 0, 4096);
    checkInteger("timeoutMs", timeoutMs, 1, 3_600_000);
    const carrier = this.#host.need();
    const ticket = ++this.#tickets;
    const awaited = copies === 0 ? undefined : { ticket, copies };
    const kept = awaited && this.#kept(awaited, store, timeoutMs, carrier);
    const mutation: MapMutation = { ...asked, awaited };
    try {
      await this.#host.mutate(carrier, store, mutation);
    } catch (error) {
      this.#awaited.get(ticket)?.reject(error as Error);
      this.#awaited.delete(ticket);
      if (kept === undefined) throw error;
    }
    await kept;
  }

  /** So many have told that they have it. */
  kept(ticket: number): void {
    this.#awaited.get(ticket)?.resolve();
    this.#awaited.delete(ticket);
  }

  close(error: Error): void {
    for (const { reject } of this.#awaited.values()) reject(error);
    this.#awaited.clear();
  }

  /** Resolves when there are so many copies; asks for them until the time is over. */
  #kept(
    { ticket, copies }: AwaitedCopies,
    store: string,
    timeoutMs: number,
    carrier: MapCarrier,
  ): Promise<void> {
    const host = this.#host;
    const end = host.now() + timeoutMs;
    const ask = async (): Promise<void> => {
      for (;;) {
        await host.pause(ASK_MS / 4);
        if (!this.#awaited.has(ticket)) return;
        if (host.now() >= end) break;
        await host.reconcile(carrier, store);
        await host.pause(ASK_MS);
      }
      this.#awaited.delete(ticket);
      await host.mutate(carrier, store, { type: "unawait", ticket });
      throw new HearsayError(
        "ERR_TIMEOUT",
        `copies: fewer than ${copies} nodes told within ${timeoutMs} ms that they have it; it is set here`,
        { option: "copies", received: copies },
      );
    };
    return new Promise((resolve, reject) => {
      this.#awaited.set(ticket, { resolve, reject });
      ask().catch(reject);
    });
  }
}
