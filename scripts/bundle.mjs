/**
 * Makes one file of `hearsay agent` and all it needs: `packages/agent/dist/agent-bundle.js`.
 *
 * An agent is one of several hundred modules, and runs for months. From one file it starts in half the time and holds
 * ten megabytes less; bin/hearsay.js takes it where it is there. All other commands, and all tests, run the modules.
 * @module
 */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./bootstrap.mjs";

const dist = join(root, "packages", "agent", "dist");
const bundle = join(dist, "agent-bundle.js");

/** What the compiler writes last, and only when it has written something. */
const stamps = [
  join(dist, "src.tsbuildinfo"),
  join(root, "packages", "hearsay", "dist", "core.tsbuildinfo"),
  join(root, "packages", "hearsay", "dist", "node.tsbuildinfo"),
];

/**
 * What pino loads, and an agent has no use for: it writes its log itself, with no thread and no file of pino's. With it a
 * dozen of Node's own modules stay away.
 * @type {Readonly<Record<string, string>>}
 */
const UNUSED = {
  "./transport": "module.exports = undefined",
  "./lib/transport": "module.exports = undefined",
  "sonic-boom": "module.exports = class {}",
  worker_threads: "exports.isMainThread = true",
};
const PREFIX = "\0unused:";
const withoutUnused = {
  name: "without-unused",
  /** @type {(id: string, importer: string | undefined) => string | undefined} */
  resolveId: (id, importer) =>
    id in UNUSED && /[\\/]pino[\\/]/u.test(importer ?? "") ? PREFIX + id : undefined,
  /** @type {(id: string) => string | undefined} */
  load: (id) => (id.startsWith(PREFIX) ? UNUSED[id.slice(PREFIX.length)] : undefined),
};

if (!isFresh()) {
  const build = await rolldown({
    input: { "agent-bundle": join(dist, "bin.js") },
    platform: "node",
    // The declaration of all other commands, which an agent never asks for.
    external: (id, importer) => id === "./commands.js" && importer === join(dist, "cli.js"),
    plugins: [withoutUnused],
    logLevel: "warn",
  });
  const { output } = await build.generate({
    format: "esm",
    // The log tells of errors by the names of their classes.
    minify: {
      compress: { keepNames: { class: true, function: false } },
      mangle: { keepNames: { class: true, function: false } },
      codegen: true,
    },
    entryFileNames: "[name].js",
    chunkFileNames: "agent-bundle-[name].js",
  });
  await build.close();
  const own = new Set(output.map(({ fileName }) => fileName));
  for (const part of output) {
    if (part.type !== "chunk") continue;
    const foreign = part.imports.filter((id) => !own.has(id) && !isBuiltin(id));
    if (foreign.length > 0)
      throw new Error(`the bundle is not whole without ${foreign.join(", ")}`);
    writeFileSync(join(dist, part.fileName), inAscii(part.code));
  }
}

/**
 * The engine keeps the source, in two bytes a character as soon as one of them is beyond Latin-1.
 * @param {string} code
 */
function inAscii(code) {
  return code.replaceAll(/[^\0-\x7F]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function isFresh() {
  if (!existsSync(bundle)) return false;
  const made = statSync(bundle).mtimeMs;
  return stamps.every((stamp) => statSync(stamp).mtimeMs <= made);
}
