/** The console's page: what is known at once, and the script that keeps it so. */
import { html, raw } from "hono/html";
import type { LogPage } from "../agent/journal.ts";
import { pagePolicy } from "../page.ts";
import { acts, restore } from "./acts.ts";
import { Controls } from "./controls.tsx";
import { Dialogs } from "./dialogs.tsx";
import { Logs } from "./logs.tsx";
import { type Part, type PartId, partsOf } from "./parts.tsx";
import { pulseOf } from "./pulse.ts";
import { script } from "./script/index.ts";
import { style } from "./style.ts";
import type { ConsoleView, Told } from "./view.ts";

/** @param lines of the log; the script goes on from there */
export async function consolePage(view: ConsoleView, lines: Told<LogPage>): Promise<Response> {
  const nonce = crypto.randomUUID();
  const page = await html`<!doctype html>${<Page view={view} lines={lines} nonce={nonce} />}`;
  return new Response(page.toString(), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": pagePolicy(nonce, { script: true }),
    },
  });
}

function Page({
  view,
  lines,
  nonce,
}: {
  readonly view: ConsoleView;
  readonly lines: Told<LogPage>;
  readonly nonce: string;
}) {
  const { declaration, caller } = view;
  const parts = partsOf(view);
  const { version, rests } = pulseOf(view);
  const session = caller.kind === "operator" && caller.by === "session";
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{declaration.bot}</title>
        <style nonce={nonce}>{raw(style)}</style>
        <noscript>
          <meta http-equiv="refresh" content="30" />
        </noscript>
      </head>
      <body data-version={version} data-rests={String(rests)}>
        <header class="top">
          <h1>{declaration.bot}</h1>
          <nav aria-label="Elsewhere">
            {declaration.dashboard !== undefined && <a href="/dashboard/">Dashboard</a>}
            <a href="/openapi.json">API</a>
            {session && (
              <form method="post" action="/logout">
                <button type="submit" class="link">
                  Log out
                </button>
              </form>
            )}
          </nav>
        </header>
        <div id="news" role="alert" hidden>
          <span /> <a href="/console">Load it anew</a>
        </div>
        <main>
          <div class="first">
            <div class="hero sheet">
              <PartOf id="glance" of={parts} named="State" />
              <Controls />
            </div>
            <PartOf id="alarms" of={parts} named="Alarms" />
            <PartOf id="timeline" of={parts} />
          </div>
          <div class="columns">
            <div>
              <PartOf id="memory" of={parts} />
              <section id="logs" class="sheet">
                <Logs lines={lines} />
              </section>
              <PartOf id="sandboxes" of={parts} />
            </div>
            <div>
              <PartOf id="audit" of={parts} />
              <PartOf id="declared" of={parts} />
              <PartOf id="keys" of={parts} />
            </div>
          </div>
        </main>
        <footer>
          <p id="fresh">
            Looked at <time datetime={view.now.toISOString()}>{view.now.toISOString().slice(11, 19)} UTC</time>.
          </p>
          <p>Looking wakes nothing.</p>
        </footer>
        <Dialogs />
        <script
          nonce={nonce}
          data-acts={JSON.stringify([...acts, restore].map(({ id, path, doing }) => ({ id, path, doing })))}
        >
          {raw(script)}
        </script>
      </body>
    </html>
  );
}

function PartOf({
  id,
  of,
  named,
}: {
  readonly id: PartId;
  readonly of: Record<PartId, Part>;
  readonly named?: string;
}) {
  const { html, mark } = of[id];
  const look = id === "glance" ? "" : "sheet";
  return named === undefined ? (
    <section id={id} class={look} data-mark={mark}>
      {raw(html)}
    </section>
  ) : (
    <section id={id} class={look} data-mark={mark} aria-label={named}>
      {raw(html)}
    </section>
  );
}
