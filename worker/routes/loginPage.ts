import type { Context } from "hono";
import { html, raw } from "hono/html";
import { declaration } from "../declaration.ts";
import type { BotError } from "../errors.ts";
import type { App } from "./context.ts";

const style = `
:root { color-scheme: light dark; --ink: #1c1b19; --quiet: #63605a; --paper: #faf8f4; --sheet: #fff; --line: #d9d4ca; --gold: #8a6314; --wrong: #a3271b; }
@media (prefers-color-scheme: dark) { :root { --ink: #efebe3; --quiet: #aaa59a; --paper: #171614; --sheet: #211f1c; --line: #423e37; --gold: #d9ab4e; --wrong: #ff9385; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 24rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; padding: 2rem; }
h1 { margin: 0; font-size: 1.35rem; line-height: 1.25; overflow-wrap: anywhere; }
p { margin: .35rem 0 0; color: var(--quiet); }
form { margin-top: 1.5rem; display: grid; gap: .5rem; }
label { font-weight: 600; }
input { width: 100%; padding: .65rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
input[aria-invalid] { border-color: var(--wrong); }
button { margin-top: .5rem; padding: .7rem; font: inherit; font-weight: 600; color: var(--sheet); background: var(--gold); border: 0; border-radius: 8px; cursor: pointer; }
:focus-visible { outline: 3px solid var(--gold); outline-offset: 2px; }
.wrong { color: var(--wrong); }
code { font-size: .9em; overflow-wrap: anywhere; }
`;

/** The form that takes the admin token; with a refusal, after one that was wrong. Without any script. */
export async function loginPage(c: Context<App>, { next, refusal }: { next: string; refusal?: BotError }) {
  const nonce = crypto.randomUUID();
  c.header(
    "content-security-policy",
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  c.header("cache-control", "no-store");
  const retryAfter = refusal?.details.retryAfter;
  if (retryAfter !== undefined) c.header("retry-after", String(retryAfter));
  const told = refusal && html`<p class="wrong" role="alert" id="wrong">${refusal.message}</p>`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in to ${declaration.bot}</title>
<style nonce="${nonce}">${raw(style)}</style>
</head>
<body>
<main>
<h1>${declaration.bot}</h1>
<p>Log in with its admin token.</p>
<form method="post" action="/login">
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus
  spellcheck="false" autocapitalize="off" ${refusal ? raw('aria-invalid="true" aria-describedby="wrong"') : ""}>
${told ?? ""}
<input type="hidden" name="next" value="${next}">
<button>Log in</button>
</form>
<p>Print it: <code>./talaria env --stack ${declaration.stack}</code></p>
</main>
</body>
</html>`;
  return c.html(page, refusal?.status ?? 200);
}
