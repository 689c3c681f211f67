import { palette } from "../page.ts";

/** The console's look: sheets on paper as the other pages have it, two columns where there is room. */
export const style = `${palette}
:root { --good: #2c6e45; --rest: #56688a; --well: #f3efe7; --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace; }
@media (prefers-color-scheme: dark) { :root { --good: #83c79b; --rest: #9db0d6; --well: #1b1a17; } }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 80rem; padding: 0 clamp(.75rem, 3vw, 2rem) 2rem; background: var(--paper); color: var(--ink); font: .9375rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1, h2, h3, p, ol, ul, dl, dd, figure { margin: 0; padding: 0; }
ol, ul { list-style: none; }
code, .line, .command { font-family: var(--mono); font-size: .86em; }
code { overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; padding: 1.1rem 1.25rem; }
.note, .none, .unknown, .beside, .cause { color: var(--quiet); font-size: .8125rem; }
.wrong, .unknown { color: var(--wrong); }

.top { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; padding: 1.1rem .25rem .75rem; }
.top h1 { font-size: 1.05rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
.top nav { display: flex; gap: 1.1rem; align-items: baseline; }
a, .link { color: var(--ink); text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover, .link:hover { text-decoration-color: currentColor; }
.link { padding: 0; font: inherit; background: none; border: 0; cursor: pointer; }
#news { margin-bottom: .75rem; padding: .6rem 1rem; background: var(--sheet); border: 1px solid var(--gold); border-radius: 10px; }

main { display: grid; gap: .75rem; }
.first { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); }
.columns { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
.columns > div { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); }

.dot { display: inline-block; flex: none; width: .62em; height: .62em; border-radius: 50%; background: currentColor; }
.state { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .55rem; font-size: clamp(1.9rem, 7vw, 2.6rem); font-weight: 650; line-height: 1.15; letter-spacing: -.025em; }
.state .dot { width: .42em; height: .42em; align-self: center; }
.state .since { color: var(--quiet); font-size: 1rem; font-weight: 400; letter-spacing: 0; }
.good { color: var(--good); } .rest { color: var(--rest); } .busy { color: var(--gold); } .bad { color: var(--wrong); }
.state.busy .dot { animation: beat 1.4s ease-in-out infinite; }
@keyframes beat { 50% { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .state.busy .dot { animation: none; } }
.why { max-width: 60ch; margin-top: .35rem; color: var(--quiet); overflow-wrap: anywhere; }

.strip { margin-top: 1rem; }
.strip svg { display: block; width: 100%; height: 10px; border-radius: 5px; background: var(--well); }
rect.good { fill: var(--good); } rect.rest { fill: var(--line); } rect.busy { fill: var(--gold); } rect.bad { fill: var(--wrong); }
.strip figcaption { display: flex; justify-content: space-between; margin-top: .2rem; color: var(--quiet); font-size: .6875rem; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .7rem 1rem; }
#glance .facts { margin-top: .9rem; }
.fact { min-width: 0; }
dt { color: var(--quiet); font-size: .75rem; }
.fact dd { overflow-wrap: anywhere; }
.fact .note { display: block; }

button { font: inherit; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
.buttons button, .small, select { padding: .5rem .85rem; color: var(--ink); background: transparent; border: 1px solid var(--line); border-radius: 8px; font-size: .875rem; cursor: pointer; }
.buttons button { min-height: 2.75rem; font-weight: 600; }
.buttons button:hover, .small:hover { border-color: var(--quiet); }
[data-rests=true] [data-leads=down], [data-rests=false] [data-leads=up], .buttons .lead { color: var(--sheet); background: var(--gold); border-color: var(--gold); }
[data-busy] #controls .buttons button { opacity: .55; }
.small { padding: .28rem .7rem; font-size: .8125rem; }
select { padding: .28rem .5rem; font-family: inherit; font-size: .8125rem; background: var(--sheet); }
#controls { margin-top: 1.1rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
#told p { margin-top: .8rem; color: var(--quiet); }
#told p:has(#say:empty) { margin: 0; }
#say { color: var(--ink); }
#problem { position: relative; margin-top: .25rem; padding: .1rem 0 .1rem .9rem; border-left: 3px solid var(--wrong); overflow-wrap: anywhere; }
#problem b, #problem > span { display: block; }
#problem > span { color: var(--quiet); }
#problem .small { margin-top: .5rem; }

#alarms { padding-block: .7rem; }
.calm { display: flex; align-items: center; gap: .5rem; color: var(--quiet); }
.calm .dot { color: var(--good); }
.alarms li { padding: .35rem 0 .35rem .9rem; border-left: 3px solid var(--wrong); overflow-wrap: anywhere; }
.alarms li + li { margin-top: .6rem; }
.alarms li.quiet { border-color: var(--gold); }
.alarms b, .alarms .note, .alarms .next { display: block; }
.alarms ~ p { margin-top: .5rem; }
.alarms .next { margin-top: .15rem; font-size: .875rem; }
#alarms details { margin-top: .5rem; }

.card-head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; margin-bottom: .7rem; }
h2 { font-size: .9375rem; font-weight: 650; letter-spacing: -.005em; }
h3 { margin: 1.1rem 0 .2rem; font-size: .75rem; font-weight: 600; color: var(--quiet); }

.moves li { position: relative; display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; padding: .3rem 0 .3rem 1.35rem; }
.moves li::before { content: ""; position: absolute; left: .05rem; top: .68rem; width: .6rem; height: .6rem; border-radius: 50%; background: currentColor; }
.moves li:not(:last-child)::after { content: ""; position: absolute; left: calc(.35rem - 1px); top: 1.5rem; bottom: -.45rem; width: 2px; background: var(--line); }
.moves b { color: var(--ink); font-weight: 600; }
.moves time { color: var(--quiet); font-size: .8125rem; align-self: center; }
.moves .cause { grid-column: 1 / -1; overflow-wrap: anywhere; }

.rows li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .75rem; align-items: center; padding: .5rem 0; border-top: 1px solid var(--line); }
.rows li:first-child { border-top: 0; }
.rows .main-line { display: flex; flex-wrap: wrap; gap: 0 .5rem; align-items: center; overflow-wrap: anywhere; }
.rows li > .note { grid-column: 1; overflow-wrap: anywhere; }
.rows .small { grid-column: 2; grid-row: 1 / span 2; }
.rows .aside { color: var(--quiet); font-size: .8125rem; }
.rows.audit li > .note, .rows.keys li > .note { grid-column: 1 / -1; }
.command { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 0 .5em; border: 1px solid var(--line); border-radius: 99px; color: var(--quiet); font-size: .75rem; line-height: 1.55; white-space: nowrap; }
.badge.good { color: var(--good); border-color: color-mix(in srgb, var(--good) 45%, transparent); }
.badge.bad { color: var(--wrong); border-color: color-mix(in srgb, var(--wrong) 45%, transparent); }

.pairs { margin-bottom: 1rem; }
.pairs > div { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); gap: 0 .75rem; align-items: baseline; padding: .4rem 0; border-bottom: 1px solid var(--line); }
.pairs dd { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .75rem; }
.pairs .value { min-width: 0; overflow-wrap: anywhere; }

details { margin-top: .35rem; }
summary { width: fit-content; padding: .25rem 0; color: var(--quiet); font-size: .8125rem; cursor: pointer; }

.tools { display: flex; gap: .5rem; margin-bottom: .6rem; }
#log-lines { height: 21rem; overflow: auto; overscroll-behavior: contain; padding: .6rem .75rem; background: var(--well); border-radius: 8px; }
.line { font-size: .75rem; line-height: 1.55; overflow-wrap: anywhere; padding-left: 1em; text-indent: -1em; }
.line .text { white-space: pre-wrap; }
.line.more { padding-left: 2em; text-indent: 0; }
.line time, .line .who { color: var(--quiet); }
.line.warn b { color: var(--gold); } .line.error b { color: var(--wrong); }

dialog { width: min(30rem, calc(100vw - 1.5rem)); padding: 1.5rem; color: var(--ink); background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; }
dialog::backdrop { background: rgb(0 0 0 / .5); }
dialog h2 { font-size: 1.15rem; }
dialog p { margin-top: .5rem; color: var(--quiet); }
dialog .which { color: var(--ink); font-weight: 600; }
.choice { display: flex; gap: .6rem; align-items: start; margin-top: 1rem; font-size: .875rem; }
.choice input { flex: none; width: 1.1rem; height: 1.1rem; margin: .1rem 0 0; accent-color: var(--gold); }
dialog .buttons { margin-top: 1.25rem; }

footer { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 1rem .25rem 0; color: var(--quiet); font-size: .8125rem; }

@media (min-width: 60rem) {
  .columns { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .first { grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr); grid-template-rows: 1fr auto; }
  #timeline { grid-column: 2; grid-row: 1 / span 2; }
  .hero { padding: 1.5rem 1.75rem; }
  #log-lines { height: 26rem; }
}
@media (max-width: 26rem) {
  .buttons button { flex: 1 1 auto; }
  .sheet { padding: 1rem; }
}
`;
