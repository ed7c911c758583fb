/**
 * The report's own style and script: what uPlot is told.
 * @module
 */

export const PAGE_STYLE = `
:root { --back: #fff; --text: #1c2330; --dim: #667085; --line: #e4e7ec; --card: #f9fafb;
  --s0: #8a94a6; --s1: #b7791f; --s2: #7c4dbe; --s3: #c2417b; --s4: #1570cd; --s5: #15803d;
  --s6: #b42318; --s7: #0e7490; --s8: #6d6a1f; --s9: #4338ca; }
@media (prefers-color-scheme: dark) {
  :root { --back: #10151d; --text: #e6e9ef; --dim: #98a2b3; --line: #2a3342; --card: #171e29;
    --s0: #98a2b3; --s1: #e0a83d; --s2: #b794f6; --s3: #f17eb0; --s4: #63b3ff; --s5: #4ade80;
    --s6: #f97066; --s7: #22d3ee; --s8: #d4d06a; --s9: #a5b4fc; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 32px 24px 64px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 28px; margin: 0 0 8px; }
h2 { font-size: 18px; margin: 40px 0 12px; }
header p { max-width: 80ch; margin: 0 0 8px; }
.made { color: var(--dim); font-size: 13px; }
code { font-size: 13px; overflow-wrap: anywhere; }
.legend { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none;
  margin: 12px 0 0; padding: 10px 0; background: var(--back); border-bottom: 1px solid var(--line); }
.legend li::before { content: ""; display: inline-block; width: 18px; height: 3px; margin: 0 7px 4px 0; background: var(--c); }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); } .s8 { --c: var(--s8); } .s9 { --c: var(--s9); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 390px)); gap: 16px; }
figure { margin: 0; padding: 12px 8px 4px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; min-width: 0; overflow: hidden; }
.u-title { font-size: 14px; font-weight: 600; }
.u-legend { display: none; }
.tip { min-height: 18px; padding: 0 8px 4px; color: var(--dim); font-size: 12px; }
details { margin: 0 0 20px; }
summary { cursor: pointer; font-weight: 600; }
details p { margin: 4px 0 8px; color: var(--dim); font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 12px 3px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; font-weight: 500; }
thead th { color: var(--dim); font-weight: 500; }
`;

/** Plain JavaScript for the page; it sees uPlot and the data, and nothing of ours. */
export const PAGE_SCRIPT = `
const { plots } = JSON.parse(document.getElementById("report").textContent);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const short = (value) => value == null ? "–" : value === 0 ? "0" : Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
const scaleMost = (plot) => Math.max(...plot.series.flatMap(({ y }) => y.filter((value) => value !== null)), 0);

function draw() {
  for (const figure of document.querySelectorAll("figure[data-plot]")) {
    const plot = plots[figure.dataset.plot];
    figure.textContent = "";
    const axis = { stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "12px system-ui", labelFont: "12px system-ui" };
    const tip = document.createElement("div");
    const most = scaleMost(plot);
    // Where values span orders of magnitude, zero has a place of its own at the bottom.
    const y = plot.wide
      ? { distr: 4, asinh: 0.1, range: () => [0, most === 0 ? 1 : most * 1.3] }
      : { range: () => [0, most === 0 ? 1 : most * 1.08] };
    const decades = [0];
    for (let ten = 0.1; ten <= Math.max(most, 1); ten *= 10) decades.push(Number(ten.toPrecision(1)));
    const every = Math.ceil(decades.length / 6);
    // As many names under the axis as fit.
    const nth = Math.ceil(plot.x.length / 12);
    const isDense = plot.x.length > 40;
    const inkOf = ({ colour: own }, index) => colour("--s" + (own ?? index));
    new uPlot({
      title: plot.title,
      width: figure.clientWidth - 16,
      height: 230,
      cursor: { y: false, points: { size: 8 } },
      scales: { x: { time: false, range: () => [-0.25, plot.x.length - 0.75] }, y },
      axes: [
        { ...axis, label: plot.xLabel, labelSize: 20, size: 30, splits: () => plot.x.filter((_, index) => index % nth === 0), values: () => plot.xNames.filter((_, index) => index % nth === 0) },
        { ...axis, label: plot.yLabel, labelSize: 18, size: 50, values: (_, ticks) => ticks.map(short),
          ...(plot.wide && { splits: () => decades.filter((_, index) => index % every === 0) }) },
      ],
      series: [{}, ...plot.series.map((one, index) => ({
        label: one.name, stroke: inkOf(one, index), width: index === plot.series.length - 1 ? 2.5 : 1.5, spanGaps: false,
        ...(one.dashed && { dash: [6, 4], width: 1.5 }),
        ...(plot.bars && { paths: uPlot.paths.bars({ size: [0.85] }), fill: inkOf(one, index) + "66" }),
        points: { show: !plot.bars && !one.dashed && !isDense, size: 6, fill: inkOf(one, index) },
      }))],
      hooks: { setCursor: [({ cursor: { idx } }) => {
        tip.textContent = idx == null ? "" : plot.xNames[idx] + ": " + plot.series.map(({ name, y: values }) => name + " " + short(values[idx])).join(" · ");
      }] },
    }, [plot.x, ...plot.series.map(({ y: values }) => values)], figure);
    tip.className = "tip";
    figure.append(tip);
  }
}

draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
// Whatever changes the width; that plots change the height is no reason to draw them again.
let width = document.body.clientWidth;
new ResizeObserver(() => {
  if (document.body.clientWidth === width) return;
  width = document.body.clientWidth;
  draw();
}).observe(document.body);
`;
