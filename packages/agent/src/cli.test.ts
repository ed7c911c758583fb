import { Keyring } from "hearsay/codec";
import { nodeAead } from "hearsay/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./cli.ts";
import { createApi } from "./http/api.ts";
import { explanationSchema } from "./http/explain-json.ts";
import { AgentKeys } from "./keys/agent-keys.ts";
import { fingerprintOf } from "./keys/key-text.ts";
import { serveHttp } from "./http/server.ts";
import type { HttpServer } from "./http/server.ts";
import { AGENT_OPTIONS } from "./options.ts";
import { FAKE_KEY, FakeNode, memberView } from "./test/fake-node.ts";
import { MemoryTerminal } from "./test/memory-terminal.ts";

async function run(line: string, env: Record<string, string> = {}, input = "") {
  const terminal = new MemoryTerminal(env, input === "" ? [] : [input]);
  const status = await runCommand(line === "" ? [] : line.split(" "), terminal);
  return { status, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

describe("the command line", () => {
  it("without a command shows the help on stderr and is bad usage", async () => {
    const { status, stdout, stderr } = await run("");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("Usage: hearsay");
  });

  it("documents exit statuses and variables", async () => {
    const { status, stdout, stderr } = await run("agent --help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Exit status:");
    for (const { variable } of AGENT_OPTIONS) expect(stdout).toContain(`[${variable}]`);
  });

  it("tells its version", async () => {
    const { status, stdout } = await run("--version");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/u);
  });

  it.each([
    ["agnt", "hearsay: unknown command 'agnt' (Did you mean agent?)\n"],
    ["agent --bindd x", "hearsay: unknown option '--bindd' (Did you mean --bind?)\n"],
    ["nonsense", "hearsay: unknown command 'nonsense'; --help has them all\n"],
    ["members --nope", "hearsay: unknown option '--nope'; --help has them all\n"],
    ["agent --preset x", 'hearsay: --preset: expected one of lan, wan, local, got "x"\n'],
    [
      "agent --advertise x",
      'hearsay: --advertise: expected an IP address with a port, such as 10.0.0.7:7946, got "x"\n',
    ],
    ["agent --tag hs=x", 'hearsay: --tag: expected another name: hs is hearsay\'s own, got "x"\n'],
    [
      "agent --allow x",
      'hearsay: --allow: expected a range such as 10.0.0.0/8 or fd00::/8, got "x"\n',
    ],
    [
      `agent --encrypt ${Array.from({ length: 17 }, () => FAKE_KEY).join(",")}`,
      "hearsay: --encrypt: expected an array of 1 to 16 keys, the one to encrypt with first\n",
    ],
    [
      "agent --keyring /nowhere/k",
      /^hearsay: --keyring: there is no \/nowhere\/k; give the first key/u,
    ],
    ["demo --nodes 1", 'hearsay: --nodes: expected a whole number in 2..25, got "1"\n'],
    ["join", "hearsay: missing required argument 'address'\n"],
  ])("refuses %o with one line and status 2", async (line, stderr) => {
    const message: unknown = typeof stderr === "string" ? stderr : expect.stringMatching(stderr);
    expect(await run(line)).toEqual({ status: 2, stdout: "", stderr: message });
  });

  it("says what to do when no agent answers", async () => {
    const { status, stderr } = await run("members --http 127.0.0.1:9");
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^hearsay: no agent answers at 127\.0\.0\.1:9 \(.*start one.*--http\n$/u,
    );
  });
});

describe("commands to an agent", () => {
  const node = new FakeNode();
  let server: HttpServer;
  let env: Record<string, string>;
  let lefts = 0;

  beforeEach(async () => {
    node.keys = new Keyring(nodeAead, [FAKE_KEY]);
    const keys = new AgentKeys(node.keys, [FAKE_KEY]);
    const api = createApi(node, { onLeft: () => lefts++, keys });
    server = await serveHttp(api, { host: "127.0.0.1", port: 0 });
    env = { HEARSAY_HTTP: server.address };
    node.others.splice(0, 9, memberView("b", { state: "dead" }));
  });

  afterEach(() => server.close(100));

  it("members: a table for people", async () => {
    const { status, stdout, stderr } = await run("members", env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const table = stdout.replaceAll(/\b\d+[smhd]\b/gu, "#s");
    expect(table).toBe(
      [
        "NAME  ADDRESS         STATE  FOR  TAGS      REASON",
        "a     127.0.0.1:7946  alive  #s   role=web  started here",
        "b     127.0.0.1:7946  dead   #s             started here\n",
      ].join("\n"),
    );
  });

  it("members --json: the API's form", async () => {
    const { status, stdout } = await run("members --json", env);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      members: [
        {
          name: "a",
          address: "127.0.0.1:7946",
          state: "alive",
          incarnation: 7,
          tags: { role: "web" },
          since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/u),
          reason: { type: "started", text: "started here" },
        },
        expect.objectContaining({ name: "b", state: "dead" }),
      ],
    });
  });

  it("info: the agent itself and its counters", async () => {
    expect((await run("info", env)).stdout).toMatch(/packetsSent +3\n/u);
    const { self, stats } = JSON.parse((await run("info --json", env)).stdout);
    expect(self.name).toBe("a");
    expect(stats).toMatchObject({ packetsSent: 3 });
  });

  it("join: who answered, or why nobody did", async () => {
    expect(await run("join 10.0.0.7:1", env)).toMatchObject({
      status: 0,
      stdout: "joined 10.0.0.7:1\n",
    });
    const failure = { status: 1, stdout: "", stderr: "hearsay: nobody answered\n" };
    expect(await run("join 127.0.0.1:1", env)).toEqual(failure);
  });

  it("leave: the agent says goodbye and is told to end", async () => {
    expect(await run("leave", env)).toEqual({ status: 0, stdout: "a has left\n", stderr: "" });
    expect({ left: node.left, lefts }).toEqual({ left: true, lefts: 1 });
  });

  it("explain: sentences, or the API's form", async () => {
    const { status, stdout } = await run("explain b", env);
    expect(status).toBe(0);
    expect(stdout).toContain("b is dead at 127.0.0.1:7946, incarnation 7");
    expect(stdout.split("\n").length).toBeGreaterThan(3);
    const json: unknown = JSON.parse((await run("explain b --json", env)).stdout);
    expect(explanationSchema.parse(json)).toMatchObject({ name: "b", observer: "a" });
    expect(await run("explain nobody", env)).toEqual({
      status: 1,
      stdout: "",
      stderr: 'hearsay: no member "nobody" is known here\n',
    });
  });

  it("force-leave: a member that failed is declared gone", async () => {
    expect(await run("force-leave b", env)).toEqual({
      status: 0,
      stdout: "b is declared gone\n",
      stderr: "",
    });
    const json: unknown = JSON.parse((await run("force-leave b --json", env)).stdout);
    expect(json).toMatchObject({ name: "b", member: { state: "left" } });
    const { status, stderr } = await run("force-leave a", env);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^hearsay: "a" is alive: .*\n$/u);
  });

  it("join and leave --json: what the API answered", async () => {
    expect(JSON.parse((await run("join --json 10.0.0.7:1", env)).stdout)).toEqual({
      contacted: ["10.0.0.7:1"],
      failed: [],
    });
    const left = { name: "a", told: true };
    expect(JSON.parse((await run("leave --json", env)).stdout)).toEqual(left);
  });

  it("tags: shown and changed one by one", async () => {
    expect((await run("tags", env)).stdout).toBe("role=web\n");
    expect(await run("tags --set dc=east x=1 --set role=db", env)).toEqual({
      status: 0,
      stdout: "role=db\ndc=east\nx=1\n",
      stderr: "",
    });
    const { stdout } = await run("tags --delete x dc --set role=web --json", env);
    expect(JSON.parse(stdout)).toEqual({ tags: { role: "web" } });
    expect(await run("tags --set role", env)).toEqual({
      status: 2,
      stdout: "",
      stderr: 'hearsay: --set: expected key=value, got "role"\n',
    });
  });

  it("keys: rotated by the key, by standard input and by fingerprint, and never shown", async () => {
    const fresh = Buffer.alloc(32, 7).toString("base64");
    const [before, after] = [fingerprintOf(FAKE_KEY), fingerprintOf(fresh)];
    const seen = [
      await run("keys", env),
      await run("keys install", env, `\n  ${fresh}\n`),
      await run("keys use", env, fresh),
      await run(`keys remove ${before} --json`, env),
    ];
    expect(seen.map(({ status, stderr }) => [status, stderr])).toEqual(seen.map(() => [0, ""]));
    expect(seen[0]?.stdout).toBe(
      `FINGERPRINT       BITS  USE\n${before}  128   encrypts and reads\n`,
    );
    expect(seen[1]?.stdout).toContain(`${after}  256   reads\n`);
    expect(seen[2]?.stdout).toMatch(new RegExp(`${after} .* encrypts and reads\n${before}`, "u"));
    const left = { keys: [{ fingerprint: after, bytes: 32, primary: true }] };
    expect(JSON.parse(seen[3]?.stdout ?? "")).toEqual(left);
    expect(JSON.parse((await run("keys --json", env)).stdout)).toEqual(left);
    for (const { stdout } of seen) {
      for (const key of [FAKE_KEY, fresh]) expect(stdout).not.toContain(key);
    }
  });

  it("keys: what is no key is refused without a word of it", async () => {
    for (const [line, input] of [
      ["keys install c2VjcmV0", ""],
      ["keys install", "c2VjcmV0"],
      ["keys use", "c2VjcmV0"],
      ["keys remove", ""],
    ] as const) {
      const { status, stdout, stderr } = await run(line, env, input);
      expect({ status, stdout }, line).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^hearsay: key: expected .*\n$/u);
      expect(stderr).not.toContain("c2VjcmV0");
    }
    const primary = await run(`keys remove ${FAKE_KEY}`, env);
    expect(primary).toMatchObject({ status: 1, stdout: "" });
    expect(primary.stderr).toMatch(/^hearsay: removing the primary key is not allowed.*\n$/u);
  });

  it("names that would steer the terminal are shown instead", async () => {
    node.others.push(memberView("\u001B[2Jx\n"));
    expect((await run("members", env)).stdout).toContain("\\u{1b}[2Jx\\u{a}");
  });

  it("two agents cannot have one HTTP port", async () => {
    const { status, stderr } = await run(`agent --bind 127.0.0.1:0 --http ${server.address}`);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `hearsay: --http: cannot listen on ${server.address}: it is in use; choose another\n`,
    });
  });
});
