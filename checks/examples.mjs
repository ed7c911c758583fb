/**
 * Examples are executed: every `examples/*.mjs`, and every block of a README marked "js run", must
 * end by itself, without an error, in time. Where `examples/<name>.out` stands beside an example,
 * the example must print exactly that.
 *
 * They import `hearsay` as a user does, so they run against the build. Run it:
 * `node checks/examples.mjs`.
 * @module
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, run } from "./programs.mjs";
import { Assertions, runsAs } from "./report.mjs";
import { root } from "./sources.mjs";

const readmes = ["README.md", "packages/hearsay/README.md", "packages/agent/README.md"];

/**
 * @param {string} top The repository's root, or a test's stand-in for it.
 * @param {Assertions} assertions
 * @param {number} [timeoutMs]
 */
export async function checkExamples(top, assertions, timeoutMs = 30_000) {
  for (const { name, args, stdin, expected } of programs(top)) {
    const outcome = await run(process.execPath, args, { cwd: top, timeoutMs, stdin });
    const claim = `${name} runs to its end`;
    assertions.that(outcome.code === 0 && !outcome.timedOut, claim, describe(outcome));
    if (expected === undefined) continue;
    const seen = outcome.stdout;
    assertions.that(
      lines(seen).join("\n") === lines(expected).join("\n"),
      `${name} prints what its .out file says`,
      `expected:\n${expected}\nprinted:\n${seen}`,
    );
  }
}

/**
 * @param {string} top
 * @returns {{ name: string, args: string[], stdin: string, expected: string | undefined }[]}
 */
function programs(top) {
  const folder = join(top, "examples");
  const files = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const examples = files
    .filter((file) => file.endsWith(".mjs"))
    .map((file) => {
      const out = join(folder, file.replace(/\.mjs$/u, ".out"));
      const expected = existsSync(out) ? readFileSync(out, "utf8") : undefined;
      return { name: `examples/${file}`, args: [join(folder, file)], stdin: "", expected };
    });
  const blocks = readmes
    .filter((path) => existsSync(join(top, path)))
    .flatMap((path) =>
      runnableBlocks(readFileSync(join(top, path), "utf8")).map(({ line, code }) => ({
        name: `${path}:${line}`,
        // From standard input, so that `hearsay` is found from here and nothing is left behind.
        args: ["--input-type=module", "-"],
        stdin: code,
        expected: undefined,
      })),
    );
  return [...examples, ...blocks];
}

/**
 * The fenced blocks whose info string is "js run".
 * @param {string} markdown
 * @returns {{ line: number, code: string }[]}
 */
export function runnableBlocks(markdown) {
  const fence = /^(?<ticks>`{3,}|~{3,})js run[ \t]*\n(?<code>[^]*?)^\k<ticks>[ \t]*$/gmu;
  return Array.from(markdown.matchAll(fence), ({ index, groups }) => ({
    line: markdown.slice(0, index).split("\n").length,
    code: groups?.["code"] ?? "",
  }));
}

/**
 * @param {string} text
 * @returns {string[]}
 */
function lines(text) {
  return text.trimEnd().split(/\r?\n/u);
}

if (runsAs(import.meta.url)) {
  const assertions = new Assertions();
  await checkExamples(root, assertions);
  assertions.conclude("examples");
}
