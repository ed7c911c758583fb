/** The kit that the tests in network namespaces stand on: the faults that it makes are real, and nothing of it stays. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { missingNamespaces, Namespaces } from "./test/namespaces.ts";

if (missingNamespaces !== undefined) console.warn(`interop in namespaces ${missingNamespaces}`);

/** Sends 2000 datagrams to the first argument's address, and none too fast for the queues on their way. */
const SENDER = `
import { createSocket } from "node:dgram";
const socket = createSocket("udp4");
let left = 2000;
const next = () => {
  if (left-- === 0) return socket.close();
  socket.send("x", 7946, process.argv[1], () => setImmediate(next));
};
next();
`;

/** Whether a connection from one to the other is refused, which a packet both ways has to tell, or nothing comes. */
const DIALLER = `
import { connect } from "node:net";
const socket = connect({ host: process.argv[1], port: 9 });
const say = (word) => { console.log(word); socket.destroy(); };
socket.on("error", ({ code }) => say(code)).setTimeout(500, () => say("silence"));
`;

const here = import.meta.dirname;

test.skipIf(missingNamespaces !== undefined)(
  "what the rules drop is gone, streams beside packets, a part of all, one pair of three; and nothing stays",
  () => {
    const network = new Namespaces(3);
    const evaluate = (at: number, source: string, to: string): string => {
      const flags = ["--input-type=module", "--eval", source, to];
      const [program, ...more] = network.within(at)(process.execPath, ...flags);
      return spawnSync(program, more, { cwd: here, encoding: "utf8", timeout: 10_000 }).stdout;
    };
    const dial = (from: number, to: string): string => evaluate(from, DIALLER, to).trim();
    try {
      const [first, second] = [network.address(0), network.address(1)];
      expect(dial(0, second)).toBe("ECONNREFUSED");

      // Packets are lost, streams are not.
      network.rules("ip protocol udp numgen random mod 100 < 30 counter drop");
      evaluate(0, SENDER, second);
      // 600 of 2000 are expected, with a deviation of 20.
      expect(network.counted()).toBeGreaterThan(480);
      expect(network.counted()).toBeLessThan(720);
      expect(dial(0, second)).toBe("ECONNREFUSED");

      network.rules(`ip saddr ${second} ip daddr ${first} counter drop`);
      expect(dial(0, second)).toBe("silence");
      expect(network.counted()).toBeGreaterThan(0);
      expect(dial(2, second)).toBe("ECONNREFUSED");

      network.rules();
      expect(dial(0, second)).toBe("ECONNREFUSED");

      network.move(1, "10.77.0.99");
      expect(dial(0, network.address(1))).toBe("ECONNREFUSED");
      expect(dial(0, second)).not.toBe("ECONNREFUSED");
    } finally {
      network.remove();
    }
    const { stdout } = spawnSync("ip", ["netns", "list"], { encoding: "utf8" });
    expect(stdout).not.toContain(`hearsay-${process.pid}-`);
  },
);
