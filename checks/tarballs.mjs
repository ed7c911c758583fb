/**
 * What users get: packs both packages, looks into the tarballs, and installs them into an empty
 * project that imports every entry point at run time and under TypeScript's two resolutions.
 *
 * Needs a build and the network (for the agent's dependencies). Run it: `node checks/tarballs.mjs`.
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, run } from "./programs.mjs";
import { Assertions, runsAs } from "./report.mjs";
import { root } from "./sources.mjs";

/**
 * @typedef {{ name: string, version: string, exports: Record<string, unknown>, dependencies?: Record<string, string> }} Manifest
 * @typedef {{ folder: string, manifest: Manifest, tarball: string, files: string[] }} Packed
 */

const folders = ["packages/hearsay", "packages/agent"];
const minutes = 60_000;

/** @param {Assertions} assertions */
async function checkTarballs(assertions) {
  const work = mkdtempSync(join(tmpdir(), "hearsay-tarballs-"));
  try {
    /** @type {Packed[]} */
    const packages = [];
    for (const folder of folders) {
      const packed = await pack(folder, work, assertions);
      if (packed !== null) packages.push(packed);
    }
    for (const packed of packages) await inspect(packed, assertions);
    const [library, agent] = packages;
    if (library === undefined || agent === undefined) return;
    const versions = [agent.manifest.version, agent.manifest.dependencies?.["hearsay"]];
    assertions.that(
      versions.every((version) => version === library.manifest.version),
      "the agent has the library's version and depends on exactly that",
      `library ${library.manifest.version}, agent ${versions.join(", depends on ")}`,
    );
    await consume(join(work, "consumer"), library, agent, assertions);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {string} work
 * @param {Assertions} assertions
 * @returns {Promise<Packed | null>}
 */
async function pack(folder, work, assertions) {
  const cwd = join(root, folder);
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", work];
  const outcome = await run("npm", args, { cwd, timeoutMs: minutes });
  assertions.that(outcome.code === 0, `npm pack ${folder}`, describe(outcome));
  if (outcome.code !== 0) return null;
  const listed = JSON.parse(outcome.stdout);
  // npm 11 lists packages in an array, npm 12 by name.
  const [entry] = Array.isArray(listed) ? listed : Object.values(listed);
  return {
    folder,
    manifest: JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")),
    tarball: join(work, entry.filename),
    files: entry.files.map((/** @type {{ path: string }} */ { path }) => path),
  };
}

/**
 * @param {Packed} packed
 * @param {Assertions} assertions
 */
async function inspect({ folder, manifest, tarball, files }, assertions) {
  const { name } = manifest;
  const sources = (/** @type {string} */ path) => existsSync(join(root, folder, path));
  const misfits = unwanted(files, sources);
  assertions.that(misfits.length === 0, `${name} ships only what users need`, misfits.join("\n"));
  for (const file of ["package.json", "README.md", "LICENSE", "CHANGELOG.md"]) {
    assertions.that(files.includes(file), `${name} ships ${file}`);
  }

  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
    strict: true,
  });
  const advice = messages.map((message) => formatMessage(message, manifest) ?? message.code);
  assertions.that(messages.length === 0, `publint finds nothing in ${name}`, advice.join("\n"));

  // A package that is only a command has no types to resolve.
  if (entryPoints(manifest).length === 0) return;
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const args = [attw, tarball, "--profile", "esm-only", "--no-color", "--no-emoji"];
  const outcome = await run(process.execPath, args, { cwd: root, timeoutMs: minutes });
  assertions.that(outcome.code === 0, `the types of ${name} resolve`, describe(outcome));
}

/** What scripts/bundle.mjs makes of the modules beside it. */
const BUNDLED = /^dist\/agent-bundle(?:-[\w-]+)?\.js$/u;

/**
 * The files of a tarball that must not be there, each with the reason.
 * @param {readonly string[]} files
 * @param {(path: string) => boolean} hasSource Whether a path exists in the package's folder.
 * @returns {string[]}
 */
export function unwanted(files, hasSource) {
  return files.flatMap((file) => {
    if (/\.test\.|(?:^|\/)test\//u.test(file)) return [`${file}: a test`];
    if (BUNDLED.test(file)) return [];
    if (file.endsWith(".tsbuildinfo")) return [`${file}: the compiler's notes`];
    if (/\.[cm]?tsx?$/u.test(file) && !file.endsWith(".d.ts")) return [`${file}: a source`];
    const source = /^dist\/(?<path>.+?)\.(?:d\.ts|js|js\.map)$/u.exec(file)?.groups?.["path"];
    if (source !== undefined && !hasSource(`src/${source}.ts`)) {
      return [`${file}: left over from a source that is gone; npm run clean, then build`];
    }
    return [];
  });
}

/**
 * The specifiers a user can import.
 * @param {Manifest} manifest
 * @returns {string[]}
 */
export function entryPoints({ name, exports }) {
  return Object.keys(exports)
    .filter((path) => path !== "./package.json")
    .map((path) => `${name}${path.slice(1)}`);
}

/**
 * @param {string} folder
 * @param {Packed} library
 * @param {Packed} agent
 * @param {Assertions} assertions
 */
async function consume(folder, library, agent, assertions) {
  mkdirSync(folder);
  const write = (/** @type {string} */ file, /** @type {unknown} */ content) =>
    writeFileSync(
      join(folder, file),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  const specifiers = entryPoints(library.manifest);

  write("package.json", { name: "consumer", private: true, type: "module" });
  const install = ["install", "--no-audit", "--no-fund", library.tarball, agent.tarball];
  const installed = await run("npm", install, { cwd: folder, timeoutMs: 5 * minutes });
  assertions.that(installed.code === 0, "both tarballs install", describe(installed));
  if (installed.code !== 0) return;

  for (const specifier of specifiers) {
    write(
      "import.mjs",
      `const names = Object.keys(await import(${JSON.stringify(specifier)}));\n` +
        `if (names.length === 0) throw new Error("it exports nothing");\n`,
    );
    const imported = await run(process.execPath, ["import.mjs"], {
      cwd: folder,
      timeoutMs: minutes,
    });
    assertions.that(imported.code === 0, `import ${specifier}`, describe(imported));
  }

  const bin = join("node_modules", ".bin", "hearsay");
  const version = await run(join(folder, bin), ["--version"], { cwd: folder, timeoutMs: minutes });
  assertions.that(
    version.code === 0 && version.stdout.includes(agent.manifest.version),
    "the installed command says its version",
    describe(version),
  );

  /** @type {(names: string[]) => string} */
  const consumer = (names) =>
    names
      .map((name, index) => `import * as entry${index} from ${JSON.stringify(name)};\n`)
      .join("") +
    `export const entries: object[] = [${names.map((_, index) => `entry${index}`).join(", ")}];\n`;
  // A server: everything, with Node's types.
  write("server.ts", consumer(specifiers));
  // A page: no Node types at all, so the rooms that promise to run in a browser must not need them.
  const hosted = new Set([library.manifest.name, `${library.manifest.name}/node`]);
  write("page.ts", consumer(specifiers.filter((specifier) => !hosted.has(specifier))));
  const strict = { strict: true, noEmit: true, target: "ES2022", skipLibCheck: false };
  const lib = ["ES2023", "ESNext.Disposable"];
  const typeRoots = [join(root, "node_modules", "@types")];
  /** @type {Record<string, object>} */
  const projects = {
    server: { ...strict, lib, module: "nodenext", types: ["node"], typeRoots },
    page: {
      ...strict,
      lib: [...lib, "DOM"],
      module: "esnext",
      moduleResolution: "bundler",
      types: [],
    },
  };
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  for (const [name, compilerOptions] of Object.entries(projects)) {
    write(`tsconfig.${name}.json`, { compilerOptions, files: [`${name}.ts`] });
    const args = [compiler, "-p", `tsconfig.${name}.json`];
    const compiled = await run(process.execPath, args, { cwd: folder, timeoutMs: minutes });
    assertions.that(compiled.code === 0, `a ${name}'s TypeScript compiles`, describe(compiled));
  }
}

if (runsAs(import.meta.url)) {
  const assertions = new Assertions();
  await checkTarballs(assertions);
  assertions.conclude("tarballs");
}
