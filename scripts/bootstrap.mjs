/**
 * Brings a clone to the point where its code can run: the right Node, the dependencies of the lock
 * file, an up-to-date build. Says one line per step it takes and nothing when there is nothing to do.
 *
 * Node built-ins only, and syntax an old Node can parse: this runs before anything is installed,
 * and its first duty is to tell a user of an old Node so.
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const MINIMUM_NODE = [20, 19];

/** Node, dependencies, build: each only if it is needed. Ends the process when a step fails. */
export function bootstrap() {
  requireNode(process.versions.node);
  installDependencies();
  build();
}

/** @param {string} version */
function requireNode(version) {
  if (isSupported(version)) return;
  fail(
    `hearsay needs Node ${MINIMUM_NODE.join(".")} or newer and this is Node ${version}. ` +
      "Install a current release from https://nodejs.org and try again.",
  );
}

/**
 * @param {string} version
 * @returns {boolean}
 */
export function isSupported(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [needMajor = 0, needMinor = 0] = MINIMUM_NODE;
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

function installDependencies() {
  if (isInstalled()) return;
  say("Installing dependencies (npm ci) ...");
  // `--include=dev`: with NODE_ENV=production npm would leave out the compiler we are about to run.
  const flags = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, output } = run(npm(), ["ci", ...flags]);
  if (status === 0) return;
  fail(
    "npm ci failed, so the dependencies are not installed. The usual reasons are no network " +
      `or a package-lock.json that does not match package.json. npm said:\n\n${output.trim()}`,
  );
}

/** @returns {boolean} */
function isInstalled() {
  // The stamp is npm's own: it writes this file last, whichever npm command did the installing.
  const stamp = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(stamp)) return false;
  return satisfies(readLock(stamp), readLock(join(root, "package-lock.json")));
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} Locked
 * @typedef {Record<string, Locked>} Lock Packages by the path they are installed at.
 */

/**
 * @param {string} path
 * @returns {Lock}
 */
function readLock(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages || {};
}

/**
 * Whether what is installed is what the lock file wants. Contents and not times are compared: a
 * checkout changes times without changing anything else.
 * @param {Lock} installed
 * @param {Lock} wanted
 * @returns {boolean}
 */
export function satisfies(installed, wanted) {
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    // The root is not installed, and optional packages are often another platform's.
    if (path === "" || optional || devOptional) return true;
    const found = installed[path];
    return found !== undefined && found.version === version && found.integrity === integrity;
  });
}

function build() {
  // `tsc -b` knows what is stale and needs a tenth of a second to find that nothing is, so it
  // always runs; only a first build takes long enough to be announced.
  if (!existsSync(join(root, "packages", "agent", "dist"))) say("Building ...");
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  for (const step of [
    [compiler, "-b", "tsconfig.build.json"],
    [join(root, "scripts", "bundle.mjs")],
  ]) {
    const { status, output } = run(process.execPath, step);
    if (status !== 0) fail(`The build failed:\n\n${output.trim()}`);
  }
}

/**
 * Runs a step quietly, keeping what it says for the case that it fails.
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && command.endsWith(".cmd"),
  });
  const said = `${result.stdout || ""}${result.stderr || ""}`;
  return {
    status: result.error ? 1 : result.status,
    output: result.error ? result.error.message : said,
  };
}

function npm() {
  return process.platform === "win32" ? "npm.cmd" : "npm";
}

/** @param {string} text */
function say(text) {
  // On stderr, so that `npm start --silent -- … > file` holds the program's output alone.
  process.stderr.write(`${text}\n`);
}

/**
 * @param {string} text
 * @returns {never}
 */
function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
