/** What passes between a browser and Hermes' dashboard, and what does not. */
import { isOfTheWay } from "../wayHeaders.ts";

/** The Agent's key for the program in the container. `container/hermes/talaria_agent/dashboard/head.py` knows these four, too. */
export const keyHeader = "x-talaria-dashboard-key";
/** Which of an operator's log-ins a request came by: a digest. What it holds open ends with it. */
export const sessionHeader = "x-talaria-session";
/** Hermes' own header for its session token, and the word that browsers get for that token, which stays in the container. */
export const tokenHeader = "x-hermes-session-token";
export const standIn = "held-inside";

/** Of the front door and of one hop, beside what is of the way to the Worker anyway. */
const keptBack = ["authorization", "proxy-authorization", "via"];
const ourFamily = "x-talaria-";

/**
 * For Hermes' pages, which come without one. They hold a script inside the page and styles of their parts; what an agent wrote into
 * a session must not load, or send, anything elsewhere.
 */
const pagePolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "media-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** A page of Hermes puts its token into the URL of a WebSocket. The stand-in is no secret, but a token in a URL is refused: it moves into a header. */
export function withStandInAside(request: Request): Request {
  const url = new URL(request.url);
  if (url.searchParams.get("token") !== standIn) return request;
  url.searchParams.delete("token");
  const headers = new Headers(request.headers);
  headers.set(tokenHeader, standIn);
  return new Request(url, new Request(request, { headers }));
}

/** The request as the Agent takes it: on the path that it has in Hermes, without any credential. `prefix` is where the dashboard begins outside, "" at a root. */
export function inward(request: Request, prefix: string, body: ReadableStream | null): Request {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers();
  for (const [name, value] of request.headers) {
    const isKeptBack = keptBack.includes(name) || name.startsWith(ourFamily) || isOfTheWay(name);
    if (!isKeptBack) headers.append(name, value);
  }
  if (prefix !== "") headers.set("x-forwarded-prefix", prefix);
  const path = pathname.slice(prefix.length) || "/";
  return new Request(`http://agent/dashboard${path}${search}`, new Request(request, { headers, body }));
}

/** Hermes' answer for the browser: no cookie of Hermes', no header of ours, and redirects that stay below the prefix. */
export function outward(answer: Response, prefix: string): Response {
  const headers = new Headers(answer.headers);
  for (const name of [...headers.keys()]) {
    if (ownedByUs.includes(name) || name.startsWith(ourFamily)) headers.delete(name);
  }
  const location = headers.get("location");
  if (location !== null) headers.set("location", redirected(location, prefix));
  const { status, statusText, webSocket, body } = answer;
  if (webSocket) return new Response(null, { status, webSocket, headers });
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", pagePolicy);
  return new Response(body, { status, statusText, headers });
}

/** Of this origin, which Hermes does not own alone. */
const ownedByUs = ["clear-site-data", "server", "service-worker-allowed", "set-cookie"];

/** Hermes knows no address but its own on 127.0.0.1; what leads elsewhere (an OAuth page) stays as it is. */
function redirected(location: string, prefix: string): string {
  const inner = /^https?:\/\/127\.0\.0\.1(:\d+)?(?=\/|$)/.exec(location);
  const path = inner ? location.slice(inner[0].length) || "/" : location;
  const isPath = path.startsWith("/") && !path.startsWith("//");
  return isPath && !(prefix !== "" && `${path}/`.startsWith(`${prefix}/`)) ? prefix + path : path;
}
