/** The way on to a provider, and back byte for byte. */
import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import https from "node:https";
import { providers } from "../../worker/bindings.ts";
import type { Kept } from "./cache.ts";
import type { Tokens } from "./limits.ts";
import type { Provider } from "./request.ts";

/** Headers of one connection, and the gateway's own. */
const left = ["connection", "content-length", "host", "keep-alive", "transfer-encoding"];
const ofTheGateway = "cf-aig-";

/** Where a provider answers, without the version that begins its paths: a gateway's paths may have that, or not. */
export function realAddress(provider: Provider): string {
  return providers[provider].baseUrl.replace(/\/v1$/, "");
}

/** The whole address of a request: `…/v1/messages` for `/v1/messages` and `/chat/completions` alike. */
export function addressOf(base: string, rest: string): URL {
  return new URL(`${base}/v1${rest.replace(/^\/v1(?=\/)/, "")}`);
}

export interface Onward {
  readonly to: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What the gateway adds to the answer. */
  readonly added: OutgoingHttpHeaders;
}

/** Sends a request on and its answer back as it comes. @returns the whole answer; undefined where one side left. @throws where nobody answered */
export function passOn({ to, headers, body, added }: Onward, response: ServerResponse): Promise<Kept | undefined> {
  return new Promise((resolve, reject) => {
    const ask = to.protocol === "https:" ? https.request : http.request;
    const sent = { ...kept(headers), "content-length": body.length };
    const onward = ask(to, { method: "POST", headers: sent }, (answer) => {
      const pieces: Buffer[] = [];
      const status = answer.statusCode ?? 502;
      const shown = kept(answer.headers);
      response.writeHead(status, { ...shown, ...added });
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.pipe(response);
      answer.once("end", () => resolve({ status, headers: shown, body: Buffer.concat(pieces) }));
      answer.once("close", () => {
        if (answer.complete) return;
        response.destroy(); // whoever asked sees the cut that the provider made
        resolve(undefined);
      });
    });
    response.once("close", () => onward.destroy());
    onward.once("error", (error) => {
      if (response.destroyed || response.headersSent) resolve(undefined);
      else reject(error);
    });
    onward.end(body);
  });
}

function kept(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const passed = Object.entries(headers).filter(([name]) => !left.includes(name) && !name.startsWith(ofTheGateway));
  return Object.fromEntries(passed);
}

/** What an answer says of its tokens, in OpenAI's or Anthropic's words; the last word of a stream counts. */
export function tokensIn(body: Buffer): Tokens {
  const text = body.toString("utf8");
  const most = (words: RegExp) => Math.max(0, ...[...text.matchAll(words)].map(([, count]) => Number(count)));
  return {
    input: most(/"(?:prompt_tokens|input_tokens)":\s*(\d+)/g),
    output: most(/"(?:completion_tokens|output_tokens)":\s*(\d+)/g),
  };
}
