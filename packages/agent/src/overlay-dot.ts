/**
 * The links of one node as a graph for Graphviz: solid lines carry payloads, dashed ones announcements.
 * @module
 */
import type { OverlayJson } from "./http/topic-routes.ts";
import { printable } from "./printable.ts";

export function overlayDot({ node, overlay, neighbours, passive }: OverlayJson): string {
  const own = quoted(node);
  const links = neighbours.map(({ name, push }) => {
    return `  ${own} -- ${quoted(name)} [style=${push === "eager" ? "solid" : "dashed"}, label=${push}];`;
  });
  const spares = passive.map(
    ({ name }) => `  ${own} -- ${quoted(name)} [style=dotted, color=gray];`,
  );
  return [`graph ${quoted(overlay)} {`, `  ${own} [shape=box];`, ...links, ...spares, "}"].join(
    "\n",
  );
}

function quoted(text: string): string {
  return `"${printable(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
