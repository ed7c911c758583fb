/**
 * A report as one page that needs nothing else: plots, tables, and the data themselves.
 *
 * uPlot is put into it as it is published; colours follow `prefers-color-scheme`, and the plots are drawn anew when
 * that changes. Without scripts the tables remain.
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { CONFIGURATIONS } from "../configurations.ts";
import { finite } from "../experiment-command.ts";
import { reportPlots } from "./plots.ts";
import type { Report } from "./report.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page.ts";
import { reportTables } from "./tables.ts";
import type { ReportTable } from "./tables.ts";

export function asHtml(report: Report, command: string): string {
  const { script, style } = readUplot();
  const plots = reportPlots(report);
  const groups = [...new Set(plots.map(({ group }) => group))];
  const { axes, machine } = report;
  const legend = axes.configs.map(
    (config, index) => `<li class="s${index}">${CONFIGURATIONS[config].title}</li>`,
  );
  const sections = groups.map((group) => {
    const own = plots.flatMap((plot, index) =>
      plot.group === group ? [`<figure data-plot="${index}"></figure>`] : [],
    );
    return `<section><h2>${escaped(group)}</h2><div class="plots">${own.join("")}</div></section>`;
  });
  const tables = reportTables(report).map(htmlTable);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>hearsay, measured</title>
<style>${style}${PAGE_STYLE}</style>
<header>
<h1>hearsay, measured</h1>
<p>SWIM alone, each part of Lifeguard alone, all of Lifeguard, and what a hearsay node does by default, in virtual time.
The machines are those that run in production. Preset lan, latency 1–10 ms, ${axes.seeds} ${axes.seeds === 1 ? "seed" : "seeds"} a cell from ${axes.seed} on.</p>
<p class="made"><code>${escaped(command)}</code><br>Node ${escaped(machine.node)}, ${machine.cores} × ${escaped(machine.cpu)}</p>
<ul class="legend">${legend.join("")}</ul>
</header>
<main>
${sections.join("\n")}
<section><h2>Tables</h2>
${tables.join("\n")}
</section>
</main>
<script type="application/json" id="report">${inScript(JSON.stringify({ plots, report }, finite))}</script>
<script>${script}</script>
<script>${PAGE_SCRIPT}</script>
</html>
`;
}

function htmlTable({ title, note, head, rows }: ReportTable): string {
  const cells = (tag: string, texts: readonly string[]): string =>
    texts
      .map(
        (text, index) =>
          `<${index === 0 ? "th" : tag}>${escaped(text)}</${index === 0 ? "th" : tag}>`,
      )
      .join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("");
  return `<details open><summary>${escaped(title)}</summary><p>${escaped(note.replaceAll("`", ""))}</p><div class="wide"><table><thead><tr>${cells("th", head)}</tr></thead><tbody>${body}</tbody></table></div></details>`;
}

function readUplot(): { script: string; style: string } {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string): string => readFileSync(resolve(`uplot/dist/${file}`), "utf8");
  return { script: read("uPlot.iife.min.js"), style: read("uPlot.min.css") };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** JSON must not end the script that it stands in. */
function inScript(json: string): string {
  return json.replaceAll("<", "\\u003c");
}
