/** What a browser gets while the bot sleeps or its dashboard starts: it asks for the wake, shows how far that is, and opens the dashboard. */
import { html, raw } from "hono/html";
import { waitingScript } from "./waitingScript.ts";

const style = `
:root { color-scheme: light dark; --ink: #1c1b19; --quiet: #63605a; --paper: #faf8f4; --sheet: #fff; --line: #d9d4ca; --gold: #8a6314; --wrong: #a3271b; }
@media (prefers-color-scheme: dark) { :root { --ink: #efebe3; --quiet: #aaa59a; --paper: #171614; --sheet: #211f1c; --line: #423e37; --gold: #d9ab4e; --wrong: #ff9385; } }
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; padding: 2rem; }
header { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
h1 { margin: 0; font-size: 1.35rem; line-height: 1.25; overflow-wrap: anywhere; }
#seconds, p { color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
p { margin: .35rem 0 0; white-space: normal; }
ol { list-style: none; margin: 1.5rem 0 0; padding: 0; }
li { position: relative; padding: .4rem 0 .4rem 2rem; color: var(--quiet); }
li::before { content: ""; position: absolute; left: .2rem; top: .7rem; width: .9rem; height: .9rem; border: 2px solid var(--line); border-radius: 50%; }
li:not(:last-child)::after { content: ""; position: absolute; left: calc(.65rem - 1px); top: 1.7rem; bottom: -.7rem; width: 2px; background: var(--line); }
li.done, li.now { color: var(--ink); }
li.now { font-weight: 600; }
li.done::before { background: var(--gold); border-color: var(--gold); }
li.done::after { background: var(--gold); }
li.now::before { border-color: var(--gold); }
.goes li.now::before { border-right-color: transparent; animation: turn 1s linear infinite; }
@keyframes turn { to { rotate: 1turn; } }
@media (prefers-reduced-motion: reduce) { .goes li.now::before { animation: none; border-right-color: var(--gold); } }
#problem { margin-top: 1.25rem; border-left: 3px solid var(--wrong); padding-left: .9rem; overflow-wrap: anywhere; }
#problem strong { display: block; }
#problem span { color: var(--quiet); }
button { margin-top: 1.5rem; width: 100%; padding: .7rem; font: inherit; font-weight: 600; color: var(--sheet); background: var(--gold); border: 0; border-radius: 8px; cursor: pointer; }
:focus-visible { outline: 3px solid var(--gold); outline-offset: 2px; }
[hidden] { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

/** The page, for a dashboard whose paths begin with `prefix`. Its address is the one that was asked for: loaded again, it is the dashboard. */
export async function waitingPage(bot: string, prefix: string): Promise<Response> {
  const nonce = crypto.randomUUID();
  const page = await html`<!doctype html>
<html lang="en" data-root="${prefix}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${bot} wakes up</title>
<style nonce="${nonce}">${raw(style)}</style>
<noscript><meta http-equiv="refresh" content="5"></noscript>
</head>
<body class="goes">
<main>
<header><h1>${bot}</h1><span id="seconds" aria-hidden="true">0 s</span></header>
<p>Its dashboard opens here in a moment.</p>
<ol id="steps">
<li>Its container starts</li>
<li>Its memory comes back</li>
<li>Hermes starts</li>
<li>The dashboard starts</li>
</ol>
<p id="say" class="unseen" role="status"></p>
<div id="problem" role="alert" hidden><strong></strong><span></span></div>
<form method="post" action="${prefix}/.talaria/open"><noscript><button>Wake it</button></noscript></form>
<button id="start" type="button" hidden>Try again</button>
</main>
<script nonce="${nonce}">${raw(waitingScript)}</script>
</body>
</html>`;
  return new Response(page.toString(), {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    },
  });
}
