/**
 * What comes to an agent: requests, flags and variables, key files.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNode } from "hearsay";
import { MemoryNetwork } from "hearsay/runtime";
import { once } from "../once.ts";
import { promise } from "../target.ts";
import type { Target } from "../target.ts";

type Modules = {
  api: typeof import("../../../packages/agent/src/http/api.ts");
  settings: typeof import("../../../packages/agent/src/settings.ts");
  options: typeof import("../../../packages/agent/src/options.ts");
  keyring: typeof import("../../../packages/agent/src/keys/keyring-file.ts");
  terminal: typeof import("../../../packages/agent/src/terminal.ts");
  hexLine: typeof import("../../../packages/agent/src/decode/hex-line.ts");
};

const FILES: { readonly [Name in keyof Modules]: string } = {
  api: "http/api.js",
  settings: "settings.js",
  options: "options.js",
  keyring: "keys/keyring-file.js",
  terminal: "terminal.js",
  hexLine: "decode/hex-line.js",
};

/** The agent exports nothing: what is fuzzed is what its command runs. */
function agent<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  const url = new URL(`../../../packages/agent/dist/${FILES[name]}`, import.meta.url);
  return import(url.href) as Promise<Modules[Name]>;
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One node for all requests: what one of them does to it, the next must live with. */
const api = once(async () => {
  const network = new MemoryNetwork({ defer: queueMicrotask });
  const node = createNode({ name: "ann", transport: network.transport("10.0.0.1:7946") });
  await node.start();
  await node.map("flags").set("a", 1);
  node.topic("t").subscribe(() => {});
  node.state.set("load", 1);
  const { createApi } = await agent("api");
  const troubles: string[] = [];
  const logger = {
    error: (about: unknown) => void troubles.push(String((about as { err?: Error }).err?.stack)),
  };
  return { api: createApi(node, { logger }), node, troubles };
});

const ROUTES = [
  ["GET", "/health"],
  ["GET", "/v1/members/ann"],
  ["GET", "/v1/members/ann/explain"],
  ["POST", "/v1/members/bob/force-leave"],
  ["POST", "/v1/join", '{"addresses":["10.0.0.9:7946"]}'],
  ["PUT", "/v1/tags", '{"tags":{"role":"web"}}'],
  ["PATCH", "/v1/tags", '{"set":{"a":"b"},"delete":["role"]}'],
  ["POST", "/v1/keys", '{"key":"EREREREREREREREREREREQ=="}'],
  ["PUT", "/v1/keys/primary", '{"fingerprint":"0123456789abcdef"}'],
  ["DELETE", "/v1/keys/0123456789abcdef"],
  ["POST", "/v1/topics/t", "hello"],
  ["GET", "/v1/stats"],
  ["GET", "/v1/topics"],
  ["GET", "/v1/overlay?overlay=randomLinks"],
  ["GET", "/v1/members?state=alive&tag=role=web&limit=3"],
  ["POST", "/v1/examination", '{"members":["ann"]}'],
  ["GET", "/v1/maps/flags"],
  ["GET", "/v1/maps/flags/keys/a"],
  ["PUT", "/v1/maps/flags/keys/a?copies=0&timeoutMs=10", '{"x":[1,null]}'],
  ["DELETE", "/v1/maps/flags/keys/a"],
  ["GET", "/v1/state/members/ann/load"],
  ["PUT", "/v1/state/keys/load?ttlMs=1000", "[1,2]"],
  ["DELETE", "/v1/state/keys/load"],
  ["GET", "/v1/aggregates/load"],
  ["GET", "/metrics"],
];

/** What ends the node, or an answer that never ends, is not asked for. */
const NOT_ASKED = /leave$|\/events|\/messages|\/changes|\/results/u;

const http: Target = {
  name: "http",
  reads: "requests to the agent: method, path, a header, body",
  shape: "text",
  maxMs: 1000,
  maxBytes: 64 << 20,
  seeds: () =>
    ROUTES.map(([method, path, body]) =>
      encode([method, path, "application/json", body ?? ""].join("\n")),
    ),
  async run(input) {
    const [method = "", path = "", type = "", ...body] = decode(input).split("\n");
    const { api: tried, troubles } = await api();
    let request: Request;
    try {
      const hasBody = method !== "GET" && method !== "HEAD";
      const headers = { "content-type": type };
      const url = new URL(path, "http://127.0.0.1:7980");
      if (NOT_ASKED.test(url.pathname)) return;
      request = new Request(url, { method, headers, ...(hasBody && { body: body.join("\n") }) });
    } catch {
      // No client can send this.
      return;
    }
    const response = await tried.fetch(request);
    const text = await response.text();
    promise(troubles.length === 0, `a request failed: ${troubles.pop() ?? ""}`);
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    if (isJson === true && text !== "") JSON.parse(text);
    // 502: nobody answered a join; 503: the node has left.
    promise(response.status !== 500, `a request failed: ${text}`);
  },
};

const settings: Target = {
  name: "settings",
  reads: "flags and variables of `hearsay agent`",
  shape: "text",
  seeds: () =>
    [
      "name=a\nbind=127.0.0.1:7946\njoin=b:1\nlogLevel=debug",
      "tag=role=web\npreset=wan\nlabel=x\nallow=10.0.0.0/8",
      "encrypt=EREREREREREREREREREREQ==\nverifyIncoming=false",
      "recordBytes=1048576\nrecord=/tmp/x\napplicationVersions=2,5,5\nhttp=127.0.0.1:0",
    ].map(encode),
  async run(input) {
    const { agentSettings, clientSettings, tagsSettings, demoSettings } = await agent("settings");
    const { UsageError } = await agent("terminal");
    const { AGENT_OPTIONS } = await agent("options");
    const flags: Record<string, string | string[]> = {};
    const env: Record<string, string> = {};
    for (const line of decode(input).split("\n")) {
      const [key = "", ...value] = line.split("=");
      const option = AGENT_OPTIONS.find((one) => one.key === key) as
        | { readonly list?: boolean; readonly variable?: string }
        | undefined;
      flags[key] = option?.list === true ? [value.join("=")] : value.join("=");
      if (option?.variable !== undefined) env[option.variable] = value.join("=");
    }
    for (const read of [agentSettings, clientSettings, tagsSettings, demoSettings]) {
      for (const [byFlag, byVariable] of [
        [flags, {}],
        [{}, env],
      ] as const) {
        try {
          read(byFlag, byVariable);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }
    }
  },
};

const config: Target = {
  name: "config-file",
  reads: "the configuration file of `hearsay agent`",
  shape: "text",
  maxMs: 1000,
  seeds: () =>
    [
      '{"name":"a","bind":"127.0.0.1:7946","join":["b:1"],"tag":{"role":"web"}}',
      '{"preset":"wan","logLevel":"debug","recordBytes":1048576,"tcpOnly":true}',
      '{"encrypt":["EREREREREREREREREREREQ=="],"allow":["10.0.0.0/8"],\n"label":"x"}',
      "[]",
      "",
    ].map(encode),
  async run(input) {
    const { agentConfig, agentSettings } = await agent("settings");
    const { UsageError } = await agent("terminal");
    const folder = mkdtempSync(join(tmpdir(), "hearsay-fuzz-"));
    const path = join(folder, "config.json");
    writeFileSync(path, input);
    try {
      agentSettings({}, {}, agentConfig({ config: path }, {}));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const keys: Target = {
  name: "key-files",
  reads: "keyrings, lists of keys, and lines of hexadecimal digits",
  shape: "text",
  maxMs: 1000,
  seeds: () =>
    ['["EREREREREREREREREREREQ=="]', "EREREREREREREREREREREQ== # old\n", "00 a1 b2"].map(encode),
  async run(input) {
    const { readKeyring, readKeyList } = await agent("keyring");
    const { UsageError } = await agent("terminal");
    const { parseHexLine, HexError } = await agent("hexLine");
    const folder = mkdtempSync(join(tmpdir(), "hearsay-fuzz-"));
    const file = join(folder, "keys");
    writeFileSync(file, input);
    try {
      for (const read of [
        () => readKeyring(file),
        () => readKeyList(file),
        () => parseHexLine(decode(input), 0xffff),
      ]) {
        try {
          read();
        } catch (error) {
          if (!(error instanceof UsageError || error instanceof HexError)) throw error;
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

export const AGENT_TARGETS: readonly Target[] = [http, settings, config, keys];
