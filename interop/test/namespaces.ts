/**
 * Network namespaces on one bridge, and rules for what the bridge lets through: a network whose faults are real.
 *
 *     hearsay-…-1          hearsay-…-2          hearsay-…-3        a namespace for each process
 *     eth0 10.77.0.1       eth0 10.77.0.2       eth0 10.77.0.3
 *          └────────────────────┼────────────────────┘
 *                    bridge in hearsay-…-hub                       the rules are here, in nftables' forward chain
 *
 * The bridge has a namespace of its own, so nothing of the machine's own network is touched or in the way, and
 * addresses need not be unique. Every step is a few ms and waits for the program that does it: the network has
 * changed when the call returns.
 *
 *     const network = new Namespaces(2);
 *     try {
 *       new TellingProcess("a", { bind: `${network.address(0)}:7946` }, network.within(0));
 *       network.rules("ip protocol udp counter drop");
 *     } finally {
 *       network.remove();
 *     }
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Within } from "./within.ts";

/** A namespace with one address. */
interface Namespace {
  readonly name: string;
  readonly address: string;
}

export class Namespaces {
  readonly #prefix = `hearsay-${process.pid}-${randomBytes(3).toString("hex")}`;
  readonly #hub = `${this.#prefix}-hub`;
  /** Names that are there because of us, in the order in which they were made. */
  readonly #made: string[] = [];
  readonly #spaces: Namespace[] = [];
  readonly #atExit = (): void => this.remove();

  /** `count` namespaces that hear each other. What was made is removed again if not all can be. */
  constructor(count: number) {
    // A test that is cut off does not come to its `finally`.
    process.once("exit", this.#atExit);
    try {
      this.#add(this.#hub);
      run(["ip", "-netns", this.#hub, "link", "add", "name", "hub", "type", "bridge"]);
      run(["ip", "-netns", this.#hub, "link", "set", "dev", "hub", "up"]);
      this.rules();
      for (let at = 0; at < count; at++) this.#plug(at);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** The address inside namespace `at`, the first being 0. */
  address(at: number): string {
    return this.#space(at).address;
  }

  /** The command line that runs another inside namespace `at`. The child is the program itself, so signals reach it. */
  within(at: number): Within {
    const { name } = this.#space(at);
    return (...line) => ["ip", "netns", "exec", name, ...line];
  }

  /**
   * What the bridge does with what passes it, in nftables' words, one statement a line, first match first; in the
   * place of all rules before. None lets everything through. Counters start at 0.
   *
   *     ip protocol udp counter drop                                      no packets, but streams
   *     ip saddr 10.77.0.1 ip daddr 10.77.0.2 counter drop                one way of a partition
   *     ip protocol udp numgen random mod 100 < 30 counter drop           30 % loss
   */
  rules(...rules: readonly string[]): void {
    const script = [
      "table bridge faults",
      "flush table bridge faults",
      "table bridge faults {",
      "chain wire {",
      "type filter hook forward priority 0; policy accept",
      ...rules,
      "}",
      "}",
      "",
    ];
    run(this.#nft("-f", "-"), script.join("\n"));
  }

  /** Packets that have met a rule with the word `counter`, all such rules together. */
  counted(): number {
    const listed = run(this.#nft("list", "table", "bridge", "faults"));
    const counters = listed.matchAll(/counter packets (?<packets>\d+)/gu);
    return [...counters].reduce((sum, { groups }) => sum + Number(groups?.["packets"]), 0);
  }

  /** Gives namespace `at` another address, of 10.77.0.0/24, in the place of its own: what runs inside is cut off. */
  move(at: number, address: string): void {
    const { name } = this.#space(at);
    run(["ip", "-netns", name, "address", "flush", "dev", "eth0"]);
    run(["ip", "-netns", name, "address", "add", `${address}/24`, "dev", "eth0"]);
    this.#spaces[at] = { name, address };
  }

  /** Takes away what was made, and nothing else. Processes inside should have ended; what is left is told. */
  remove(): void {
    process.off("exit", this.#atExit);
    for (const name of this.#made.splice(0).toReversed()) {
      const { status, stderr } = spawnSync("ip", ["netns", "delete", name], { encoding: "utf8" });
      if (status !== 0) console.warn(`network namespace ${name} is still there: ${stderr.trim()}`);
    }
    this.#spaces.length = 0;
  }

  /** Makes namespace `at` and its cable to the bridge. */
  #plug(at: number): void {
    const [name, address, port] = [`${this.#prefix}-${at + 1}`, `10.77.0.${at + 1}`, `to${at + 1}`];
    this.#add(name);
    const ends = ["type", "veth", "peer", "name", port, "netns", this.#hub];
    run(["ip", "link", "add", "name", "eth0", "netns", name, ...ends]);
    run(["ip", "-netns", this.#hub, "link", "set", "dev", port, "master", "hub", "up"]);
    run(["ip", "-netns", name, "address", "add", `${address}/24`, "dev", "eth0"]);
    for (const device of ["lo", "eth0"]) run(["ip", "-netns", name, "link", "set", device, "up"]);
    this.#spaces.push({ name, address });
  }

  #add(name: string): void {
    run(["ip", "netns", "add", name]);
    this.#made.push(name);
  }

  #space(at: number): Namespace {
    const space = this.#spaces[at];
    if (space === undefined) throw new Error(`BUG: no namespace ${at}`);
    return space;
  }

  #nft(...more: string[]): string[] {
    return ["ip", "netns", "exec", this.#hub, "nft", ...more];
  }
}

/** What a program has printed, once it has succeeded. */
function run([program, ...more]: readonly string[], input = ""): string {
  const { status, stdout, stderr, error } = spawnSync(program as string, more, {
    input,
    encoding: "utf8",
  });
  if (status === 0) return stdout;
  const why = error?.message ?? stderr.trim();
  throw new Error(`${[program, ...more].join(" ")}: ${why}`);
}

/** Why tests in namespaces cannot run here, or `undefined`: found out by making some, with every kind of rule. */
export const missingNamespaces: string | undefined = whyMissing();

function whyMissing(): string | undefined {
  if (process.platform !== "linux") return "skipped: network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "skipped: only root may make network namespaces";
  for (const [program, parcel] of [
    ["ip", "iproute2"],
    ["nft", "nftables"],
  ] as const) {
    if (spawnSync(program, ["-V"]).error !== undefined)
      return `skipped: \`${program}\` is not installed (Debian: apt-get install ${parcel})`;
  }
  let network: Namespaces | undefined;
  try {
    network = new Namespaces(1);
    network.rules("ip protocol udp numgen random mod 100 < 30 counter drop");
    return undefined;
  } catch (error) {
    return `skipped: this machine makes no network namespaces (${(error as Error).message})`;
  } finally {
    network?.remove();
  }
}
