import type { Context } from "hono";
import { html, raw } from "hono/html";
import { declaration } from "../declaration.ts";
import type { BotError } from "../errors.ts";
import { pagePolicy, pageStyle } from "../page.ts";
import type { App } from "./context.ts";

const style = `
form { margin-top: 1.5rem; display: grid; gap: .5rem; }
label { font-weight: 600; }
input { width: 100%; padding: .65rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
input[aria-invalid] { border-color: var(--wrong); }
.wrong { color: var(--wrong); }
code { font-size: .9em; overflow-wrap: anywhere; }
`;

/** The form that takes the admin token; with a refusal, after one that was wrong. Without any script. */
export async function loginPage(c: Context<App>, { next, refusal }: { next: string; refusal?: BotError }) {
  const nonce = crypto.randomUUID();
  c.header("content-security-policy", pagePolicy(nonce, { script: false }));
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
<style nonce="${nonce}">${raw(pageStyle + style)}</style>
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
