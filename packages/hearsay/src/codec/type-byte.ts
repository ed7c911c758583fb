/**
 * The first bytes of memberlist's messages and layers.
 * @module
 */

export const TYPE_BYTE = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  /** Streams only. */
  pushPull: 6,
  /** A packet of packets. */
  compound: 7,
  /** Opaque to memberlist: Serf's messages, and those of our tenants. */
  user: 8,
  /** A layer, in packets and streams. */
  compress: 9,
  /** Streams only; encrypted packets have no type byte. */
  encrypt: 10,
  nack: 11,
  /** A layer, outermost in packets. */
  crc: 12,
  /** Streams only. */
  err: 13,
  /** Outermost in packets, first in streams. */
  label: 0xf4,
} as const;

/** First bytes of streams of our own, which memberlist knows nothing of. */
export const STREAM_OPENER = {
  /** An exchange; the letter of its channel follows. */
  exchange: 0xe0,
  link: 0xe1,
  /** Encryption around one of the two. */
  sealed: 0xe2,
} as const;
