import { expect, test } from "vitest";
import { isSupported, satisfies } from "../scripts/bootstrap.mjs";

test("Node 20.19 and everything newer is supported", () => {
  const versions = ["18.20.4", "20.9.0", "20.18.3", "20.19.0", "20.20.2", "22.1.0", "100.0.0"];
  expect(versions.filter(isSupported)).toEqual(["20.19.0", "20.20.2", "22.1.0", "100.0.0"]);
});

const wanted = {
  "": { version: "0.0.0" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/b-for-another-platform": { version: "1.0.0", optional: true },
};
const installed = { "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } };

test("what the lock file wants and this platform can have is enough", () => {
  expect(satisfies(installed, wanted)).toBe(true);
  expect(satisfies({ ...installed, "node_modules/extra": { version: "9.0.0" } }, wanted)).toBe(
    true,
  );
});

test("a missing package, another version and another content ask for an install", () => {
  expect(satisfies({}, wanted)).toBe(false);
  for (const change of [{ version: "1.0.1" }, { integrity: "sha512-b" }]) {
    const other = { "node_modules/a": { ...installed["node_modules/a"], ...change } };
    expect(satisfies(other, wanted), JSON.stringify(change)).toBe(false);
  }
});
