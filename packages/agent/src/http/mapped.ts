/**
 * One iterator made of another, in its place.
 * @module
 */

/** Its `return` ends the other one at once, even while a `next` of it waits. */
export function mapped<T, U>(items: AsyncIterator<T>, map: (item: T) => U): AsyncIterator<U> {
  return {
    async next() {
      const { done, value } = await items.next();
      return done === true ? { done, value: undefined } : { done: false, value: map(value) };
    },
    async return() {
      await items.return?.();
      return { done: true, value: undefined };
    },
  };
}
