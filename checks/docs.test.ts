import { expect, test } from "vitest";
import { checkLinks, checkLockFile, checkMachinePaths } from "./docs.mjs";

const brokenLinks = (files: Record<string, string>) => {
  const tree = new Map(Object.entries(files));
  const exists = (path: string) =>
    [...tree.keys()].some(
      (file) => file === path || file.startsWith(`${path.replace(/\/$/u, "")}/`),
    );
  return checkLinks(tree, exists).map(({ file, line, message }) => `${file}:${line} ${message}`);
};

test("links to files, folders and headings that are there are fine", () => {
  const files = {
    "README.md": [
      "# Hello, `world`!",
      "[a](docs/a.md) [folder](docs/) [top](#hello-world) [b](docs/a.md#the-end-1)",
      "![picture](docs/p.svg) [named][ref] [web](https://example.org/x) [mail](mailto:a@b.c)",
      "",
      '[ref]: docs/a.md "title"',
    ].join("\n"),
    "docs/a.md": "[up](../README.md)\n\n## The end\n\n## The end\n",
    "docs/p.svg": "<svg/>",
  };
  expect(brokenLinks(files)).toEqual([]);
});

test("a link to nothing is a finding, inline, as a reference and as a picture", () => {
  expect(brokenLinks({ "a.md": "\n[x](gone.md) and ![y](gone.png)\n\n[z]: gone.txt" })).toEqual([
    "a.md:2 links to gone.md, and there is no gone.md",
    "a.md:2 links to gone.png, and there is no gone.png",
    "a.md:4 links to gone.txt, and there is no gone.txt",
  ]);
});

test("a link that leaves the repository is a finding", () => {
  expect(brokenLinks({ "a.md": "[x](../other/a.md)" })).toHaveLength(1);
});

test("an anchor without its heading is a finding, here and elsewhere", () => {
  expect(brokenLinks({ "a.md": "# One\n[x](#two)\n[y](b.md#three)", "b.md": "# Two" })).toEqual([
    "a.md:2 links to #two, and a.md has no heading #two",
    "a.md:3 links to b.md#three, and b.md has no heading #three",
  ]);
});

test("code holds no links and no headings", () => {
  const text = "`[x](gone.md)`\n\n```sh\n# no heading\n[x](gone.md)\n```\n\n[y](#no-heading)";
  expect(brokenLinks({ "a.md": text })).toEqual([
    "a.md:8 links to #no-heading, and a.md has no heading #no-heading",
  ]);
});

test("a lock file may say where a workspace is and not where a package came from", () => {
  const entry = (resolved: string) => `{\n  "resolved": "${resolved}"\n}`;
  expect(checkLockFile("lock.json", entry("packages/hearsay"))).toEqual([]);
  for (const address of ["https://example.org/a.tgz", "http://localhost/a.tgz", "git+ssh://x/y"]) {
    expect(checkLockFile("lock.json", entry(address)), address).toMatchObject([{ line: 2 }]);
  }
});

test("a path of one machine is a finding", () => {
  const paths = (text: string) => checkMachinePaths(new Map([["a.md", text]]), ["/srv/my (own)"]);
  // Put together here, so that this file does not hold what it forbids.
  for (const folder of ["/home/ann", "/Users/ann", "/root", "C:\\Users", "/srv/my (own)"]) {
    expect(paths(`\nsee ${folder}${folder.includes("\\") ? "\\" : "/"}x`), folder).toMatchObject([
      { file: "a.md", line: 2, rule: "machine-path" },
    ]);
  }
  expect(paths("~/root/x, docs/home/ann/x, https://example.org/home/ann/x, /etc/hosts")).toEqual(
    [],
  );
});
