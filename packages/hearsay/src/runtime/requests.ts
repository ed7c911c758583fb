/**
 * Commands whose outcome comes later, as promises.
 * @module
 */
import { HearsayError } from "../kernel/index.ts";

interface Request<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Requests whose outcome is open at the same time: more are refused. */
const MAX_OPEN = 65_536;

export class Requests {
  readonly #open = new Map<number, Request<never>>();
  #count = 0;

  /** Sends a command with a fresh id; settles when `resolve` or `reject` is called with that id. */
  start<T>(send: (id: number) => void): Promise<T> {
    if (this.#open.size >= MAX_OPEN) {
      const message = `${MAX_OPEN} requests are under way already: wait for some of them`;
      return Promise.reject(new HearsayError("ERR_QUEUE_FULL", message));
    }
    const id = ++this.#count;
    return new Promise<T>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      send(id);
    });
  }

  resolve(id: number, value: unknown): void {
    this.#take(id)?.resolve(value as never);
  }

  reject(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Rejects whatever is still open. */
  rejectAll(error: Error): void {
    for (const id of this.#open.keys()) this.reject(id, error);
  }

  #take(id: number): Request<never> | undefined {
    const request = this.#open.get(id);
    this.#open.delete(id);
    return request;
  }
}
