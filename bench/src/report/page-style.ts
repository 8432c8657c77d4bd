import { chartPageStyle } from './theme.ts';

const LIGHT =
  '--ink: #1f2328; --faint: #59636e; --page: #ffffff; --card: #f6f8fa; --rule: #d8dee4; --link: #0a5fb4; --tint: 10, 95, 180; --focus: #0a5fb4;';
const DARK =
  '--ink: #f0f6fc; --faint: #9aa4af; --page: #0d1117; --card: #151b23; --rule: #2f363f; --link: #6cb6ff; --tint: 90, 169, 230; --focus: #6cb6ff;';

const LAYOUT = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; }
header, main, footer, .filter > * { max-width: 1480px; margin-inline: auto; padding-inline: clamp(14px, 3vw, 40px); }
header { padding-top: 28px; display: flex; flex-wrap: wrap; gap: 8px 24px; justify-content: space-between; align-items: start; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.15; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: clamp(1.25rem, 3vw, 1.55rem); line-height: 1.2; margin: 64px 0 8px; letter-spacing: -0.01em; }
h3 { font-size: 1.02rem; margin: 0 0 2px; }
p { margin: 6px 0; max-width: 78ch; }
a { color: var(--link); }
header p, .subtitle, .environment { color: var(--faint); }
.subtitle { font-size: 0.88rem; margin: 0 0 14px; max-width: 110ch; }
.environment { font-size: 0.78rem; overflow-wrap: anywhere; max-width: none; }
.environment a { color: inherit; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 0; margin: 14px 0 18px; font-size: 0.92rem; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--page); padding: 8px 12px; z-index: 9; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.filter { position: sticky; top: 0; z-index: 5; background: var(--page); border-block: 1px solid var(--rule); padding-block: 8px; }
.filter .row { display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; }
.filter label { font-size: 0.86rem; display: inline-flex; gap: 6px; align-items: center; min-height: 28px; }
.filter summary { cursor: pointer; font-size: 0.86rem; min-height: 28px; display: flex; align-items: center; gap: 8px; }
.filter summary::before { content: '▸'; color: var(--faint); }
.filter details[open] > summary::before { content: '▾'; }
.filter .boxes { display: flex; flex-wrap: wrap; gap: 0 26px; }
.filter fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0 14px; align-items: center; min-width: 0; }
.filter legend { float: left; padding: 0; font-size: 0.86rem; color: var(--faint); }
.filter legend label { font-weight: 600; }
select, button { font: inherit; font-size: 0.86rem; color: var(--ink); background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 3px 8px; min-height: 28px; max-width: 100%; }
button { cursor: pointer; }
input { width: 16px; height: 16px; margin: 0; accent-color: var(--link); }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 50%; flex: none; }
.swatch.again { border-radius: 2px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 0.82rem; margin: 0 0 10px; max-width: none; }
.key { display: inline-flex; gap: 6px; align-items: center; }
.figure { margin: 26px 0 34px; padding: 18px clamp(12px, 2vw, 22px) 14px; border: 1px solid var(--rule); border-radius: 10px; min-width: 0; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--least)), 1fr)); gap: 26px 30px; margin-bottom: 12px; }
.panel { min-width: 0; }
svg.chart { display: block; width: 100%; aspect-ratio: var(--wide); }
svg.bar { width: auto; margin: 2px 0 0 auto; aspect-ratio: auto; }
@media (min-width: 701px) { .legend { display: none; } }
@media (max-width: 700px) { svg.chart:not(.bar) { aspect-ratio: var(--narrow); } .filter { position: static; } }
.scroll { overflow-x: auto; max-height: max(75vh, 60rem); margin: 16px 0 8px; border: 1px solid var(--rule); border-radius: 8px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 0.84rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 10px 12px 8px; font-weight: 600; font-size: 0.92rem; }
caption span { display: inline-block; position: sticky; left: 12px; max-width: calc(100vw - 76px); }
th, td { padding: 6px 12px; text-align: left; border-top: 1px solid var(--rule); vertical-align: top; }
thead th { position: sticky; top: 0; background: var(--card); font-weight: 600; z-index: 1; vertical-align: bottom; }
tbody th { font-weight: 500; position: sticky; left: 0; background: var(--page); overflow-wrap: break-word; min-width: 7.5rem; max-width: 16rem; }
thead th:first-child { left: 0; z-index: 2; }
.right { text-align: right; white-space: nowrap; }
thead .right { white-space: normal; min-width: 7.5rem; }
#comparison table { width: auto; min-width: min(100%, 620px); }
td { min-width: 4rem; max-width: 34rem; overflow-wrap: break-word; }
td[style] { background: rgba(var(--tint), calc(var(--share) * 0.5)); }
.numbers, .more { margin-top: 8px; }
.numbers > summary, .more > summary { cursor: pointer; color: var(--link); font-size: 0.88rem; min-height: 28px; }
.more > summary { font-size: 1rem; padding: 6px 0; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 370px), 1fr)); gap: 20px 30px; margin: 18px 0; }
.slower { color: var(--worse); font-weight: 600; }
.faster { color: var(--better); font-weight: 600; }
.off { display: none !important; }
.column.off { display: inline !important; opacity: 0.2; }
.quiet { color: var(--faint); font-size: 0.86rem; }
footer { padding-block: 30px 50px; color: var(--faint); font-size: 0.84rem; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print { .filter, nav, .skip { display: none; } .figure { break-inside: avoid; } }
`;

/** The style of the page: light and dark by the system's choice, which a switch may overrule. */
export function pageStyle(): string {
  return [
    `:root { color-scheme: light dark; ${LIGHT} }`,
    `@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${DARK} } }`,
    `:root[data-theme="dark"] { color-scheme: dark; ${DARK} }`,
    ':root[data-theme="light"] { color-scheme: light; }',
    LAYOUT.trim(),
    chartPageStyle(),
  ].join('\n');
}
