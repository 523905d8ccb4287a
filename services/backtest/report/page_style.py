"""The style sheet of a report: light and dark, and on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --back: #fff; --ink: #1c2330; --soft: #5b6675; --line: #dfe3e9; --fill: #f4f6f9;
  --negative: #c8402f; --other: #a9b4c2; --accent: #1f6fb2; --late: #8a5a00; --open: #c8402f22; --chosen: #1f6fb21f;
  --s1: #e0a100; --s2: #e07b00; --s3: #c8402f; --s4: #7d1f8f; }
@media (prefers-color-scheme: dark) { :root { --back: #14181f; --ink: #e6e9ee; --soft: #9aa5b4; --line: #2c343f;
  --fill: #1c222b; --negative: #ef6a58; --other: #56616f; --accent: #5aa9e6; --late: #e0b252; --open: #ef6a582e;
  --chosen: #5aa9e62e; --s1: #ffd04d; --s2: #ff9d3b; --s3: #ff7a68; --s4: #d58be6; } }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
p, .soft { color: var(--soft); } a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; overflow-wrap: normal; } .number { text-align: right; white-space: nowrap; }
tr.chosen td { background: var(--chosen); font-weight: 600; } .facts { width: auto; } .facts th { white-space: nowrap; }
.wide { overflow-x: auto; } ul { margin: .2rem 0 .8rem; padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--soft); } svg .strong { fill: var(--ink); font-weight: 600; } svg .heading { fill: var(--ink); }
.grid { stroke: var(--line); } rect.chosen { fill: var(--chosen); } rect.open { fill: var(--open); }
.curve { fill: none; stroke-width: 2; } .curve.seen { stroke: var(--accent); } .curve.late { stroke: var(--late); }
circle.seen { fill: var(--accent); } circle.late { fill: var(--late); }
.negative { fill: var(--negative); } .other { fill: var(--other); }
.severity1 { fill: var(--s1); } .severity2 { fill: var(--s2); } .severity3 { fill: var(--s3); }
.severity4 { fill: var(--s4); }
@media print { body { max-width: none; padding: 0; font-size: 11px; } section.key, tr, svg { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
