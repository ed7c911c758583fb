/**
 * A node's events, or the messages of a topic, as server-sent events, at the speed of the reader.
 *
 *     node.events(limit) ──pull──▶ ReadableStream ──▶ socket
 *       bounded, drops the oldest                  cancel, when the client goes, ends the iterator
 *
 * The stream asks for the next event when the socket has room for it. What comes meanwhile waits in the node's
 * bounded buffer, which says by a `missed` event how much it had to drop.
 * @module
 */
/** What goes out as one event: its `type` is the event's name. */
interface Typed {
  readonly type: string;
}

/** A comment at this rate finds out about clients that went without a word. */
export const KEEP_ALIVE_MS = 15_000;

export function eventStream<E extends Typed>(
  first: E,
  events: AsyncIterator<E>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let keepAlive: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearInterval(keepAlive);
    onEnd();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(frame(first)));
        keepAlive = setInterval(() => {
          // Who does not read has something to read already.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(":\n\n"));
        }, KEEP_ALIVE_MS);
        keepAlive.unref();
      },
      async pull(controller) {
        const { done, value } = await events.next();
        if (done !== true) return controller.enqueue(encoder.encode(frame(value)));
        end();
        controller.close();
      },
      async cancel() {
        end();
        await events.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}

function frame(event: Typed): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
