/**
 * `hearsay doctor` on real sockets: each fault is made by the rules of a real firewall, a signal, a busy loop or a mistake in the
 * options, and found by the command that an operator runs.
 */
import { afterEach, expect, test } from "vitest";
import { HearsayCommand } from "./test/hearsay-command.ts";
import { missingNamespaces, Namespaces } from "./test/namespaces.ts";
import { TellingProcess } from "./test/telling-process.ts";
import type { TellingOptions } from "./test/telling-process.ts";
import { until } from "./test/until.ts";

if (missingNamespaces !== undefined) console.warn(`interop in namespaces ${missingNamespaces}`);

const TEST_MS = 120_000;
const KEYS = { k1: "EREREREREREREREREREREQ==", k2: "IiIiIiIiIiIiIiIiIiIiIg==" };

/** What `hearsay doctor --json` prints. */
interface Diagnosis {
  readonly findings: readonly {
    readonly code: string;
    readonly about: readonly string[];
    readonly sentence: string;
  }[];
}

/** An agent in the first namespace, whom the doctor asks, and nodes of the library in the others. */
class Ward {
  readonly network: Namespaces;
  readonly #running: { kill(signal: "SIGKILL"): void }[] = [];

  constructor(namespaces: number) {
    this.network = new Namespaces(namespaces);
  }

  async agent(...more: string[]): Promise<HearsayCommand> {
    return this.agentWith([], ...more);
  }

  /** With options of Node before the command. */
  async agentWith(engine: readonly string[], ...more: string[]): Promise<HearsayCommand> {
    const own = ["--name", "a", "--bind", this.#bind(0), "--preset", "local"];
    const agent = this.#hearsay(...engine, "agent", ...own, "--log-level", "silent", ...more);
    await until("the agent has started", 10_000, () => agent.stdout.includes("7946"));
    return agent;
  }

  async node(name: string, at: number, options: TellingOptions = {}): Promise<TellingProcess> {
    const seeds = [this.#bind(0)];
    const within = this.network.within(at);
    const node = new TellingProcess(name, { bind: this.#bind(at), seeds, ...options }, within);
    this.#running.push(node);
    await until(`${name} has started`, 10_000, () => node.address !== undefined);
    return node;
  }

  /** The codes that are found, with whom they are about, and the sentences. */
  async diagnosis(): Promise<{ readonly codes: string[]; readonly sentences: string }> {
    const doctor = this.#hearsay("doctor", "--json");
    await until("the doctor has spoken", 40_000, () => doctor.status !== undefined);
    const { findings } = JSON.parse(doctor.stdout) as Diagnosis;
    const status = findings.length === 0 ? 0 : 3;
    if (doctor.status !== status) throw new Error(`doctor ended with ${doctor.status}`);
    const codes = findings.map(({ code, about }) => `${code} ${about.toSorted().join(" ")}`);
    return {
      codes: codes.toSorted(),
      sentences: findings.map(({ sentence }) => sentence).join("\n"),
    };
  }

  end(): void {
    for (const process of this.#running) process.kill("SIGKILL");
    this.network.remove();
  }

  #bind(at: number): string {
    return `${this.network.address(at)}:7946`;
  }

  #hearsay(...line: string[]): HearsayCommand {
    const command = new HearsayCommand(this.network.within(0), ...line);
    this.#running.push(command);
    return command;
  }
}

let ward: Ward | undefined;

afterEach(() => {
  ward?.end();
  ward = undefined;
});

/** Two members, `a` and `b`, who see each other. */
async function pair(): Promise<{ ward: Ward; agent: HearsayCommand; b: TellingProcess }> {
  ward = new Ward(3);
  const agent = await ward.agent();
  const b = await ward.node("b", 1);
  await until("b sees a", 10_000, async () => (await b.look()).about === "a b");
  return { ward, agent, b };
}

test.skipIf(missingNamespaces !== undefined)(
  "what a firewall drops is found: UDP, TCP, one way, large packets, all; and nothing where nothing is dropped",
  async () => {
    const { ward: sick } = await pair();
    const { network } = sick;
    const [a, b] = [network.address(0), network.address(1)];
    const found = async (...rules: string[]): Promise<string[]> => {
      network.rules(...rules);
      // A machine that runs many tests at once makes every process on it stand still now and then.
      const codes = (await sick.diagnosis()).codes.filter((code) => code !== "loop-blocked a");
      if (rules.length > 0) expect(network.counted()).toBeGreaterThan(0);
      return codes;
    };
    expect(await found()).toEqual([]);
    expect(await found("ip protocol udp counter drop")).toEqual(["udp-blocked a b"]);
    expect(await found(`ip saddr ${a} ip daddr ${b} ip protocol udp counter drop`)).toEqual([
      "udp-one-way a b",
    ]);
    expect((await sick.diagnosis()).sentences).toContain(
      "UDP packets of b reach a, but those of a do not reach b. TCP gets through.",
    );
    expect(await found("ip protocol tcp counter drop")).toEqual(["tcp-blocked a b"]);
    expect(await found("ip protocol udp meta length > 1200 counter drop")).toEqual([
      "packets-cut a b",
    ]);
    expect(await found(`ip saddr ${a} ip daddr ${b} counter drop`)).toEqual(["one-way a b"]);
    expect(await found(`ip saddr ${b} ip daddr ${a} counter drop`)).toEqual(["unreachable a b"]);
  },
  TEST_MS,
);

test.skipIf(missingNamespaces !== undefined)(
  "a process that is stopped is told from one whose machine is gone, and has stood still when it goes on",
  async () => {
    const { ward: sick, agent, b } = await pair();
    b.kill("SIGSTOP");
    expect((await sick.diagnosis()).codes).toContain("process-stuck b");
    b.kill("SIGKILL");
    expect((await sick.diagnosis()).codes).toContain("unreachable b");
    agent.kill("SIGSTOP");
    expect((await sick.diagnosis()).codes).toEqual(["agent-silent 127.0.0.1:7980"]);
    agent.kill("SIGCONT");
    expect((await sick.diagnosis()).codes).toContain("loop-blocked a");
  },
  TEST_MS,
);

/** An application in the same process that computes for a second and a half, lets others have some time, and computes again. */
const BUSY = `setInterval(() => { for (const end = Date.now() + 1500; Date.now() < end;); }, 2200).unref()`;

test.skipIf(missingNamespaces !== undefined)(
  "an agent whose event loop something blocks again and again says so itself",
  async () => {
    ward = new Ward(2);
    await ward.agentWith([`--import=data:text/javascript,${encodeURIComponent(BUSY)}`]);
    await until("it has been found", 60_000, async () => {
      const { codes, sentences } = await (ward as Ward).diagnosis();
      const isFound = codes.includes("loop-blocked a");
      if (isFound) expect(sentences).toMatch(/1\.[5-9] s|1[5-9]\d\d ms|[2-9](?:\.\d)? s/u);
      return isFound;
    });
  },
  TEST_MS,
);

test.skipIf(missingNamespaces !== undefined)(
  "mistakes in the options are found: one name twice, one address twice, another label, another key",
  async () => {
    ward = new Ward(6);
    await ward.agent("--encrypt", KEYS.k1, "--label", "dc1");
    const well = { label: "dc1", encryption: { keys: [KEYS.k1] } };
    const b = await ward.node("b", 1, well);
    await until("b sees a", 10_000, async () => (await b.look()).about === "a b");
    await ward.node("b", 2, well);
    await ward.node("lost", 3, { ...well, advertise: `${ward.network.address(1)}:7946` });
    await ward.node("d", 4, { ...well, label: "dc2" });
    await ward.node("e", 5, { label: "dc1", encryption: { keys: [KEYS.k2] } });
    await until("all are found", 30_000, async () => {
      const { codes } = await (ward as Ward).diagnosis();
      return [
        /^duplicate-name b$/u,
        /^duplicate-address (?:b )?lost$/u,
        /^label-differs 10\.77\.0\.5 a$/u,
        /^key-differs 10\.77\.0\.6 a$/u,
      ].every((pattern) => codes.some((code) => pattern.test(code)));
    });
  },
  TEST_MS,
);
