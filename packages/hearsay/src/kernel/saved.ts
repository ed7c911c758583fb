/**
 * What a machine writes out of itself, so that another one with the same options can go on where it stood.
 *
 *     machine ── save ──▶ plain data ──▶ file, test, another process ──▶ restore ──▶ fresh machine
 *
 * Each part has its `save` and `restore` beside its fields, and what it saves is its own affair. What is
 * saved is never changed afterwards, by neither side: a machine copies what it goes on changing, and may
 * share what it never changes (messages, reasons).
 * @see docs/decisions/0011-state-is-written-by-its-owner.md
 * @module
 */

/**
 * Plain data: `undefined`, `null`, booleans, numbers, text, `Uint8Array`s, and arrays, `Map`s, `Set`s and literal
 * objects of them, without cycles. A literal object has the same fields always, if undefined; what is keyed by data
 * is a `Map`.
 */
export type Saved = unknown;
