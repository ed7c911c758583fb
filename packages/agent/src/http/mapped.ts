/**
 * One iterator made of another, in its place.
 * @module
 */

/** `first`, then each item mapped. Its `return` ends the other one at once, even while a `next` of it waits. */
export function mapped<T, U>(
  first: U,
  items: AsyncIterator<T>,
  map: (item: T) => U,
): AsyncIterator<U, void> {
  let isFirst = true;
  return {
    async next() {
      if (isFirst) {
        isFirst = false;
        return { done: false, value: first };
      }
      const { done, value } = await items.next();
      return done === true ? { done, value: undefined } : { done: false, value: map(value) };
    },
    async return() {
      await items.return?.();
      return { done: true, value: undefined };
    },
  };
}
