/**
 * What can rot in the text of the repository: relative links and anchors in Markdown, download
 * addresses in the lock file, paths of somebody's machine. Run it: `node checks/docs.mjs`.
 * @module
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, posix } from "node:path";
import { reportFindings, runsAs } from "./report.mjs";
import { root } from "./sources.mjs";

/** @typedef {import("./sources.mjs").Tree} Tree */
/** @typedef {import("./sources.mjs").Finding} Finding */

/**
 * Relative links and anchors that lead nowhere.
 * @param {Tree} tree Every text of the repository by path.
 * @param {(path: string) => boolean} exists Whether a path, a folder too, is in the repository.
 * @returns {Finding[]}
 */
export function checkLinks(tree, exists) {
  /** @type {Finding[]} */
  const findings = [];
  for (const [file, text] of tree) {
    if (!file.endsWith(".md")) continue;
    for (const { target, line } of links(text)) {
      const [path = "", anchor] = target.split("#", 2);
      const to = path === "" ? file : posix.join(posix.dirname(file), decodeURI(path));
      /** @type {(message: string) => void} */
      const found = (message) => findings.push({ file, line, rule: "link", message });
      if (to.startsWith("../") || !exists(to)) {
        found(`links to ${target}, and there is no ${to}`);
      } else if (anchor && to.endsWith(".md") && !anchors(tree.get(to) ?? "").has(anchor)) {
        found(`links to ${target}, and ${to} has no heading #${anchor}`);
      }
    }
  }
  return findings;
}

/**
 * The relative targets of `[text](target)`, `![alt](target)` and `[name]: target`.
 * @param {string} markdown
 * @returns {{ target: string, line: number }[]}
 */
function links(markdown) {
  const link =
    /\]\(\s*<?(?<inline>[^)\s>]+)>?[^)]*\)|^ {0,3}\[[^\]]+\]:\s+<?(?<reference>[^\s>]+)/gu;
  return prose(markdown).flatMap((text, index) =>
    Array.from(text.matchAll(link), ({ groups }) => ({
      target: groups?.["inline"] ?? groups?.["reference"] ?? "",
      line: index + 1,
    })).filter(({ target }) => !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/iu.test(target)),
  );
}

/**
 * The anchors that headings get, as GitHub makes them.
 * @param {string} markdown
 * @returns {Set<string>}
 */
function anchors(markdown) {
  const taken = new Set();
  for (const text of prose(markdown, "keep code spans")) {
    const heading = /^ {0,3}#{1,6}\s+(?<title>.*?)\s*#*$/u.exec(text)?.groups?.["title"];
    const named = /<a (?:id|name)="(?<name>[^"]+)"/u.exec(text)?.groups?.["name"];
    if (named !== undefined) taken.add(named);
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[(?<label>[^\]]*)\]\([^)]*\)/gu, "$<label>")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
      .replaceAll(" ", "-");
    let unique = slug;
    for (let again = 1; taken.has(unique); again += 1) unique = `${slug}-${again}`;
    taken.add(unique);
  }
  return taken;
}

/**
 * A document's lines with fenced blocks (and code spans) emptied: what they hold is no markup.
 * @param {string} markdown
 * @param {"drop code spans" | "keep code spans"} [spans]
 * @returns {string[]}
 */
function prose(markdown, spans = "drop code spans") {
  let fence = "";
  return markdown.split(/\r?\n/u).map((text) => {
    const marker = /^\s*(?<ticks>`{3,}|~{3,})/u.exec(text)?.groups?.["ticks"] ?? "";
    if (fence !== "") {
      if (marker.startsWith(fence)) fence = "";
      return "";
    }
    fence = marker;
    if (marker !== "") return "";
    return spans === "keep code spans" ? text : text.replaceAll(/`[^`]*`/gu, "");
  });
}

/**
 * Download addresses in a lock file: it names what was downloaded, never from where.
 * @param {string} file
 * @param {string} text
 * @returns {Finding[]}
 */
export function checkLockFile(file, text) {
  // Links to workspaces are "resolved" to their folders and stay.
  const address = /"resolved": *"[a-z+]+:\/\//u;
  return text
    .split("\n")
    .map((line, index) => ({ hit: address.test(line), line: index + 1 }))
    .filter(({ hit }) => hit)
    .map(({ line }) => ({
      file,
      line,
      rule: "lock-file",
      message:
        "holds a download address; .npmrc has omit-lockfile-registry-resolved=true, so run npm install again with it",
    }));
}

/**
 * Absolute paths that only exist on one machine.
 * @param {Tree} tree
 * @param {readonly string[]} here Folders of this very machine.
 * @returns {Finding[]}
 */
export function checkMachinePaths(tree, here) {
  const own = here.map((path) => path.replaceAll(/[\\^$.*+?()[\]{}|]/gu, "\\$&"));
  const path = new RegExp(
    `(?<![\\w.~/-])(?:/home/\\w+|/Users/\\w+|/root|[A-Z]:\\\\+Users${own.map((p) => `|${p}`).join("")})(?:[/\\\\])`,
    "u",
  );
  return [...tree].flatMap(([file, text]) =>
    text.split("\n").flatMap((line, index) => {
      const hit = path.exec(line)?.[0];
      if (hit === undefined) return [];
      const message = `names ${hit}..., a path of one machine; make it relative`;
      return [{ file, line: index + 1, rule: "machine-path", message }];
    }),
  );
}

/**
 * Every text file that git knows or would take.
 * @returns {Tree}
 */
function readRepository() {
  const list = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  /** @type {Tree} */
  const tree = new Map();
  for (const path of new Set(list.split("\0"))) {
    const full = join(root, path);
    // Submodules and files removed but not yet committed are on the list too.
    if (path === "" || !existsSync(full) || !statSync(full).isFile()) continue;
    const text = readFileSync(full, "utf8");
    if (!text.includes("\0")) tree.set(path, text);
  }
  return tree;
}

if (runsAs(import.meta.url)) {
  const tree = readRepository();
  const lock = "package-lock.json";
  // A clone right under / or in the temporary folder has a parent that says nothing.
  const here = [root, dirname(root), homedir()].filter((path) => path.split("/").length > 2);
  reportFindings("docs", tree.size, [
    ...checkLinks(tree, (path) => existsSync(join(root, path))),
    ...checkLockFile(lock, tree.get(lock) ?? ""),
    ...checkMachinePaths(tree, here),
  ]);
}
