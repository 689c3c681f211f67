/** Takes the browser's way back from a login, where a program elsewhere waits for it. */
import { createServer } from "node:http";

/** Where a browser is sent after a login, as the address of the login says it; undefined where that is not on the person's own machine. */
export function loopbackCallback(authorization: string): { readonly port: number; readonly path: string } | undefined {
  const back = new URL(authorization).searchParams.get("redirect_uri");
  if (back === null || !URL.canParse(back)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(back);
  if (protocol !== "http:" || !["127.0.0.1", "localhost"].includes(hostname) || port === "") return undefined;
  return { port: Number(port), path: pathname };
}

/** A listener that hears once; `close` ends it unheard. */
export interface Callback {
  /** The query of the browser's request, with its `?`. */
  readonly query: Promise<string>;
  close(): void;
}

const page = "<!doctype html><title>Talaria</title><p>The login went to the bot. You can close this page.</p>";

/** Listens for it on 127.0.0.1. @throws Error where the port is taken */
export async function listenForCallback({ port, path }: { port: number; path: string }): Promise<Callback> {
  const heard = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const isIt = url.pathname === path && (url.searchParams.has("code") || url.searchParams.has("error"));
    response.writeHead(isIt ? 200 : 404, { "content-type": "text/html; charset=utf-8", connection: "close" });
    response.end(isIt ? page : "");
    if (isIt) heard.resolve(url.search);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { query: heard.promise, close: () => void server.close() };
}
