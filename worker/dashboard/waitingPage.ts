/** What a browser gets while the bot sleeps or its dashboard starts: it asks for the wake, shows how far that is, and opens the dashboard. */
import { html, raw } from "hono/html";
import { pagePolicy, pageStyle } from "../page.ts";
import { waitingScript } from "./waitingScript.ts";

const style = `
header { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
#seconds { color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
button { margin-top: 1.5rem; width: 100%; }
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
<style nonce="${nonce}">${raw(pageStyle + style)}</style>
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
      "content-security-policy": pagePolicy(nonce, { script: true }),
    },
  });
}
