/**
 * What both halves are together.
 * @module
 */
import { expectThat, pattern, sceneCase, StreamEar } from "./transport-conformance-scene.ts";
import type { ConformanceCase, ConformanceSubject } from "./transport-conformance-scene.ts";
import type { Transport } from "./transport.ts";

export function pairCases(subject: ConformanceSubject<Transport>): readonly ConformanceCase[] {
  return [
    sceneCase(subject, "both: one address takes datagrams and streams", async (scene) => {
      const a = await scene.station();
      const b = await scene.station();
      const send = (): void => a.transport.send(b.address, pattern(10));
      const near = new StreamEar();
      a.transport.open(b.address, near).write(pattern(20));
      send();
      const arrived = (): boolean =>
        b.ear.datagrams.length > 0 && b.ear.accepted[0]?.received === 20;
      await scene.until("a datagram and a stream at one address", arrived, send);
      expectThat(b.ear.datagrams[0]?.from === a.address, "the datagram's sender is another");
    }),
    sceneCase(subject, "both: close stops both", async (scene) => {
      const a = await scene.station();
      const b = await scene.station();
      await b.transport.close();
      const near = new StreamEar();
      a.transport.open(b.address, near);
      a.transport.send(b.address, pattern(10));
      await scene.until("a refusal", () => near.failures > 0);
      await scene.watch();
      expectThat(b.ear.datagrams.length + b.ear.accepted.length === 0, "heard after close");
    }),
  ];
}
