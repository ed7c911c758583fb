/**
 * @module
 */

/** The same function, asked the first time that it is called and remembered. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
