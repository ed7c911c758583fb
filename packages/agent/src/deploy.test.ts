/**
 * The files in deploy/ say what the agent understands: variables, ports, routes, statuses.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createApi } from "./http/api.ts";
import { AGENT_OPTIONS, DEFAULT_HTTP } from "./options.ts";
import { agentSettings } from "./settings.ts";
import { EXIT } from "./terminal.ts";
import { FakeNode } from "./test/fake-node.ts";

const DEPLOY = new URL("../../../deploy/", import.meta.url);
const UNIT = new URL("systemd/hearsay.service", DEPLOY);
const read = (path: string): string => readFileSync(new URL(path, DEPLOY), "utf8");

const variables: readonly string[] = AGENT_OPTIONS.map(({ variable }) => variable);
const routes = createApi(new FakeNode()).routes.map(({ path }) => path);

describe("the Kubernetes manifest", () => {
  const text = read("kubernetes/hearsay.yaml");

  it("sets variables that the agent reads, to values that it takes", () => {
    const named = [...text.matchAll(/HEARSAY_\w+/gu)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(variables).toContain(name);
    const set = text.matchAll(/\{ name: (HEARSAY_\w+), value: "([^"]*)" \}/gu);
    const values = [...set].map(([, name, value]) => [
      name,
      value?.replace("$(POD_IP)", "10.0.0.7"),
    ]);
    const env = { ...Object.fromEntries(values), HEARSAY_HTTP_TOKEN: "0123456789abcdef" };
    expect(agentSettings({}, env)).toMatchObject({
      bind: { host: "10.0.0.7", port: 7946 },
      join: ["hearsay:7946"],
      httpHost: ["hearsay"],
    });
  });

  it("asks routes that there are", () => {
    const paths = [...text.matchAll(/path: (\/[\w/]+)/gu)].map(([, path]) => path);
    expect(new Set(paths)).toEqual(new Set(["/health", "/ready", "/metrics"]));
    for (const path of paths) expect(routes).toContain(path);
  });
});

describe("the container file", () => {
  const text = read("container/Containerfile");

  it("starts the agent that npm installs, as the process that gets the signals", () => {
    const manifest = JSON.parse(
      readFileSync(new URL("../packages/agent/package.json", DEPLOY), "utf8"),
    ) as { name: string; bin: { hearsay: string } };
    const program = `/opt/hearsay/node_modules/${manifest.name}/${manifest.bin.hearsay}`;
    expect(text).toContain(`ENTRYPOINT ["node", "${program}", "agent"]`);
    expect(text).toContain(`http://${DEFAULT_HTTP}/health`);
  });
});

describe("the systemd unit", () => {
  const text = readFileSync(UNIT, "utf8");

  it("does not start again what is configured wrongly, and reloads by SIGHUP", () => {
    expect(text).toContain(`RestartPreventExitStatus=${EXIT.usage}`);
    expect(text).toContain("ExecReload=/bin/kill -HUP $MAINPID");
  });

  it.skipIf(spawnSync("systemd-analyze", ["--version"]).error !== undefined)(
    "is what systemd understands",
    () => {
      const said = execFileSync("systemd-analyze", ["verify", fileURLToPath(UNIT)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
      expect(said).toBe("");
    },
  );
});
