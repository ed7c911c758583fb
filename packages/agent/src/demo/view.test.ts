import { describe, expect, it } from "vitest";
import { member, someNodes } from "./test/model-samples.ts";
import type { ViewStyle } from "./line.ts";
import { renderView } from "./view.ts";
import type { ViewState } from "./view.ts";

const PLAIN: ViewStyle = { columns: 80, rows: 23, colour: false, unicode: true };

function view(state: Partial<ViewState>, style: Partial<ViewStyle> = {}): string {
  const model = state.model ?? someNodes(5);
  return renderView(
    { model, selected: 0, message: "Ready.", elapsedMs: 12_345, help: false, shared: [], ...state },
    { ...PLAIN, ...style },
  );
}

/** One killed and agreed on, one paused and suspect, one left, one starting. */
function troubled() {
  const model = someNodes(5);
  const [n1, n2, n3, n4, n5] = model.nodes;
  for (const observer of ["n1", "n5"]) {
    model.observe(
      observer,
      member("n3", "dead", 4000, "suspected by n1, not refuted within 3.0 s"),
    );
    model.observe(observer, member("n4", "left", 6000, "it said goodbye, heard from n4"));
    const why = "no answer to our probe, nor through n5 and others that have a long name";
    model.observe(observer, member("n2", "suspect", 8000, why));
  }
  if (n2) n2.process = "paused";
  if (n3) Object.assign(n3, { process: "killed", pid: undefined });
  if (n4) Object.assign(n4, { process: "left", pid: undefined });
  model.add("n6");
  n1?.beliefs.delete("n5");
  n5?.beliefs.delete("n1");
  return model;
}

describe("the view", () => {
  it("of five that agree fits 80×24", () => {
    expect(view({})).toMatchSnapshot();
  });

  it("of trouble shows who believes what, and why", () => {
    expect(view({ model: troubled(), selected: 2, message: "kill -9 4713" })).toMatchSnapshot();
  });

  it("reads without colour and without symbols", () => {
    expect(view({ model: troubled() }, { unicode: false })).toMatchSnapshot();
  });

  it("shows what the nodes have come to together", () => {
    const lines = view({ shared: ["memory of all: 305 MB in 5 processes"] }).split("\n");
    expect(lines).toContain(" memory of all: 305 MB in 5 processes");
    expect(lines.length).toBeLessThanOrEqual(PLAIN.rows);
  });

  it("tells how to join instead of the changes", () => {
    expect(view({ help: true })).toMatchSnapshot();
  });

  it("of 25 nodes in 80×24 keeps the selected one in sight", () => {
    expect(view({ model: someNodes(25), selected: 22 })).toMatchSnapshot();
  });

  it("uses a wide terminal", () => {
    expect(view({ model: troubled() }, { columns: 120, rows: 39 })).toMatchSnapshot();
  });

  it("of 9 nodes in 50×14 leaves out what is worth least", () => {
    expect(view({ model: someNodes(9), selected: 8 }, { columns: 50, rows: 13 })).toMatchSnapshot();
  });

  it("never has a line that is too long or a line too many", () => {
    for (const nodes of [2, 5, 9, 25]) {
      const model = someNodes(nodes);
      for (const columns of [20, 40, 60, 79, 80, 100, 200]) {
        for (const rows of [5, 10, 15, 23, 50]) {
          const lines = view({ model, selected: nodes - 1 }, { columns, rows }).split("\n");
          const size = `${nodes} nodes in ${columns}×${rows}`;
          expect(Math.max(...lines.map((line) => line.length)), size).toBeLessThanOrEqual(columns);
          expect(lines.length, size).toBeLessThanOrEqual(rows);
        }
      }
    }
  });

  it("paints the same text", () => {
    const model = troubled();
    const painted = view({ model }, { colour: true });
    // oxlint-disable-next-line no-control-regex
    const stripped = painted.replaceAll(/\u001B\[\d+m/gu, "");
    const trimmed = stripped.split("\n").map((line) => line.trimEnd());
    expect(painted).not.toBe(stripped);
    expect(trimmed.join("\n")).toBe(view({ model }));
  });
});
