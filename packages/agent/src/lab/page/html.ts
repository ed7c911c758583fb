/**
 * Plots and tables as one page that needs nothing else: the data are in it, too.
 *
 * uPlot is put into it as it is published; colours follow `prefers-color-scheme`, and the plots are drawn anew when
 * that changes. Without scripts the tables remain.
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { finite } from "../json.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page.ts";
import type { Plot } from "./plot.ts";

export interface Page {
  readonly title: string;
  /** Plain sentences. */
  readonly about: string;
  /** The command that made it. */
  readonly command: string;
  readonly machine: Machine;
  /** Names of the series that all plots share, in the order of their colours. */
  readonly legend: readonly string[];
  readonly plots: readonly Plot[];
  readonly tables: readonly PageTable[];
  /** Given along for programs. */
  readonly data: unknown;
}

export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
}

export interface PageTable {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function thisMachine(): Machine {
  const cores = cpus();
  return { node: process.version, cpu: cores[0]?.model ?? "", cores: cores.length };
}

export function htmlPage(page: Page): string {
  const { title, about, command, machine, plots, data } = page;
  const { script, style } = readUplot();
  const groups = [...new Set(plots.map(({ group }) => group))];
  const legend = page.legend.map((name, index) => `<li class="s${index}">${escaped(name)}</li>`);
  const sections = groups.map((group) => {
    const own = plots.flatMap((plot, index) =>
      plot.group === group ? [`<figure data-plot="${index}"></figure>`] : [],
    );
    return `<section><h2>${escaped(group)}</h2><div class="plots">${own.join("")}</div></section>`;
  });
  const tables = page.tables.map(htmlTable);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}${PAGE_STYLE}</style>
<header>
<h1>${escaped(title)}</h1>
<p>${escaped(about)}</p>
<p class="made"><code>${escaped(command)}</code><br>Node ${escaped(machine.node)}, ${machine.cores} × ${escaped(machine.cpu)}</p>
<ul class="legend">${legend.join("")}</ul>
</header>
<main>
${sections.join("\n")}
<section><h2>Tables</h2>
${tables.join("\n")}
</section>
</main>
<script type="application/json" id="report">${inScript(JSON.stringify({ plots, report: data }, finite))}</script>
<script>${script}</script>
<script>${PAGE_SCRIPT}</script>
</html>
`;
}

function htmlTable({ title, note, head, rows }: PageTable): string {
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
