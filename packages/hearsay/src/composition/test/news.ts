/** A message of any size, for tests of queues and packets. */
import type { Message, MessageType } from "../../kernel/index.ts";

export interface News extends Message {
  readonly type: "news";
  readonly label: string;
  readonly size: number;
}

export const NEWS: MessageType<News> = {
  type: "news",
  prefix: [99],
  sizeOf: ({ size }) => size,
  encodeInto: ({ size }, target, offset) => {
    target[offset] = 99;
    return offset + size;
  },
  decode: () => ({ type: "news", label: "decoded", size: 1 }),
};

export function news(label: string, size: number): News {
  return { type: "news", label, size };
}
