import { describe, expect, it } from "vitest";
import {
  agentSettings,
  clientSettings,
  demoSettings,
  formatHostPort,
  isLoopback,
} from "./settings.ts";
import { UsageError } from "./terminal.ts";

const KEY = "EREREREREREREREREREREQ==";

describe("settings of an agent", () => {
  it("have defaults", () => {
    const { name, ...rest } = agentSettings({}, {});
    expect(name).not.toBe("");
    expect(rest).toEqual({
      bind: { host: "0.0.0.0", port: 7946 },
      join: [],
      tag: {},
      preset: "lan",
      encrypt: [],
      allow: [],
      compress: false,
      tcpOnly: false,
      http: { host: "127.0.0.1", port: 7980 },
      httpHost: [],
      httpRate: 20_000,
      readyMembers: 1,
      recordPayloads: false,
      logLevel: "info",
      readyJson: false,
    });
  });

  it("come from flags", () => {
    const flags = {
      name: "n",
      bind: "[::1]:0",
      advertise: "10.0.0.7:1",
      join: ["a:1", "b"],
      tag: ["role=web", "note=a=b"],
      preset: "wan",
      applicationVersions: "0,2,1",
      encrypt: [KEY],
      encryptFile: "keys",
      keyring: "keyring.json",
      verifyIncoming: "false",
      verifyOutgoing: "0",
      label: "dc1",
      allow: ["10.0.0.0/8"],
      compress: true,
      tcpOnly: true,
      http: "localhost:0",
      httpTokenFile: "token",
      httpHost: ["agent.example"],
      httpRate: "100",
      readyMembers: "3",
      record: "a.recording",
      snapshots: "maps",
      recordBytes: "65536",
      recordPayloads: true,
      logLevel: "silent",
      readyJson: true,
    };
    expect(agentSettings(flags, {})).toEqual({
      ...flags,
      bind: { host: "::1", port: 0 },
      tag: { role: "web", note: "a=b" },
      applicationVersions: { least: 0, most: 2, current: 1 },
      verifyIncoming: false,
      verifyOutgoing: false,
      recordBytes: 65_536,
      http: { host: "localhost", port: 0 },
      httpRate: 100,
      readyMembers: 3,
    });
  });

  it("come from the environment, lists with commas", () => {
    const env = {
      HEARSAY_NAME: "n",
      HEARSAY_JOIN: "a:1, b:2,",
      HEARSAY_TAG: "x=1,y=2",
      HEARSAY_READY_JSON: "1",
    };
    const settings = agentSettings({}, env);
    expect(settings).toMatchObject({ name: "n", join: ["a:1", "b:2"], readyJson: true });
    expect(settings.tag).toEqual({ x: "1", y: "2" });
  });

  it("take several keys from one flag and from the variable", () => {
    const [one, two] = [KEY, KEY.replace("E", "A")];
    expect(agentSettings({ encrypt: [`${one},${two}`] }, {}).encrypt).toEqual([one, two]);
    expect(agentSettings({}, { HEARSAY_ENCRYPT: `${one}, ${two}` }).encrypt).toEqual([one, two]);
  });

  it("never show what was given for a key", () => {
    for (const [flags, env] of [
      [{ encrypt: [KEY, "c2VjcmV0"] }, {}],
      [{}, { HEARSAY_ENCRYPT: "c2VjcmV0" }],
    ] as const) {
      const refusal = () => agentSettings(flags, env);
      expect(refusal).toThrow(
        /^(--encrypt|HEARSAY_ENCRYPT): expected base64 of 16, 24 or 32 bytes/u,
      );
      expect(refusal).not.toThrow("c2VjcmV0");
    }
  });

  it("let others than this machine in with a token alone", () => {
    const token = "0123456789abcdef";
    const http = "0.0.0.0:7980";
    expect(() => agentSettings({ http }, {})).toThrow("or a token beside it");
    expect(agentSettings({ http, httpToken: token }, {}).http.host).toBe("0.0.0.0");
    expect(agentSettings({ http, httpTokenFile: "t" }, {}).httpTokenFile).toBe("t");
  });

  it("never show what was given for a token", () => {
    const refusal = () => agentSettings({ httpToken: "se cret" }, {});
    expect(refusal).toThrow("--http-token: expected 16 to 256");
    expect(refusal).not.toThrow('cret"');
  });

  it("prefer the flag, and take an empty variable for none", () => {
    const env = { HEARSAY_NAME: "v", HEARSAY_PRESET: "" };
    expect(agentSettings({ name: "f" }, env)).toMatchObject({ name: "f", preset: "lan" });
  });

  it.each([
    [{ bind: "here" }, {}, '--bind: expected host:port, such as 0.0.0.0:7946, got "here"'],
    [{ bind: "a:70000" }, {}, "--bind: expected host:port"],
    [{ preset: "tiny" }, {}, '--preset: expected one of lan, wan, local, got "tiny"'],
    [{ tag: ["a=1", "b"] }, {}, '--tag: expected key=value, got "b"'],
    [{ join: ["a", "b:0"] }, {}, "--join: expected host[:port] with a port other than 0"],
    [{ logLevel: "loud" }, {}, "--log-level: expected one of trace, debug"],
    [{ http: "0.0.0.0:80" }, {}, "--http: expected a loopback address"],
    [{}, { HEARSAY_HTTP: "10.0.0.1:80" }, "HEARSAY_HTTP: expected a loopback address"],
    [
      {},
      { HEARSAY_JOIN: "a:1,b:99999" },
      "HEARSAY_JOIN: expected host[:port] with a port other than 0",
    ],
    [{ httpToken: "short" }, {}, "--http-token: expected 16 to 256 letters, digits and signs"],
    [{ httpHost: ["a", "b c"] }, {}, "--http-host: expected a host name, such as agent.example"],
    [{ httpRate: "0" }, {}, '--http-rate: expected a whole number in 1..1000000, got "0"'],
    [{ label: "x".repeat(256) }, {}, "--label: expected text of 1 to 255 bytes"],
    [
      { applicationVersions: "2,1,2" },
      {},
      '--application-versions: expected least,most,current, each 0 to 255, such as 2,5,5, got "2,1,2"',
    ],
    [
      { verifyIncoming: "false" },
      {},
      '--verify-incoming: expected keys beside it, by --encrypt, --encrypt-file or --keyring, got "false"',
    ],
    [
      { encrypt: [KEY] },
      { HEARSAY_VERIFY_OUTGOING: "no" },
      'HEARSAY_VERIFY_OUTGOING: expected true or false, got "no"',
    ],
    [{}, { HEARSAY_READY_JSON: "yes" }, 'HEARSAY_READY_JSON: expected true or false, got "yes"'],
  ])("refuse %o %o", (flags, env, message) => {
    const refusal = () => agentSettings(flags, env);
    expect(refusal).toThrow(UsageError);
    expect(refusal).toThrow(message);
  });
});

describe("settings of other commands", () => {
  it("say where the agent is", () => {
    expect(formatHostPort(clientSettings({}, {}).http)).toBe("127.0.0.1:7980");
    expect(formatHostPort(clientSettings({}, { HEARSAY_HTTP: "[::1]:1234" }).http)).toBe(
      "[::1]:1234",
    );
    const token = "0123456789abcdef";
    expect(clientSettings({}, { HEARSAY_HTTP_TOKEN: token }).httpToken).toBe(token);
    expect(() => clientSettings({ http: "127.0.0.1:0" }, {})).toThrow("a port other than 0");
  });

  it.each(["1", "26", "-5", "5.5", "many", ""])("refuse %o nodes", (nodes) => {
    expect(() => demoSettings({ nodes }, {})).toThrow("--nodes: expected a whole number in 2..25");
  });

  it("take 2 to 25 nodes", () => {
    expect(demoSettings({ nodes: "2" }, {}).nodes).toBe(2);
    expect(demoSettings({}, { HEARSAY_NODES: "25" }).nodes).toBe(25);
    expect(demoSettings({}, {}).nodes).toBe(5);
  });
});

it("only loopback hosts are loopback", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
    expect(isLoopback(host), host).toBe(true);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "localhost.example"]) {
    expect(isLoopback(host), host).toBe(false);
  }
});
