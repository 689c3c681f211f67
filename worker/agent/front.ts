import { BotError, reasonOf } from "../errors.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import { mendFailedRun } from "./failedRun.ts";
import { foldChunks } from "./fold.ts";
import { apiServerPort } from "./gateway.ts";
import type { RunQueue } from "./runQueue.ts";
import { passThrough, waitingStream } from "./streams.ts";

/** How long a request waits for a bot that wakes. */
export const longestWakeMs = 180_000;
/** Bodies up to this size are kept until Hermes has them, so that a request can wait for a waking bot or be sent again. */
const keptBodyBytes = 1_000_000;
/** Routes on which Hermes works until the answer is complete. */
const runRoutes = [/^\/v1\/chat\/completions$/, /^\/v1\/responses$/];
/** Routes whose chunks can be made one answer. */
const foldable = /^\/v1\/chat\/completions$/;

export interface FrontParts {
  readonly box: Box;
  readonly queue: RunQueue;
  readonly apiServerKey: () => string;
  readonly isReady: () => Promise<boolean>;
  /** Wakes the bot; shared by all who wait. */
  readonly wake: (cause: string) => Promise<void>;
  /** Resolves when no drain or stop is under way: a request that meets one waits for its end, then wakes the bot. */
  readonly settled: () => Promise<void>;
  /** Called when the gateway was lost over a request: somebody should look at it now. */
  readonly lost: () => void;
  /** Called when a client's request has ended: the bot was in use until now. */
  readonly used: () => void;
}

/** Passes clients' requests to Hermes' API server, waking it where needed. Nothing that Hermes may have begun is sent twice. */
export class Front {
  private readonly parts: FrontParts;

  constructor(parts: FrontParts) {
    this.parts = parts;
  }

  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const isRun = request.method === "POST" && runRoutes.some((route) => route.test(pathname));
    const keptRequest = await kept(request, isRun);
    const leave = isRun ? await this.parts.queue.enter(request.signal) : () => {};
    const ended = () => {
      leave();
      this.parts.used();
    };
    try {
      return await this.pass(keptRequest, ended, request.signal);
    } catch (error) {
      ended();
      throw error;
    }
  }

  private async pass(request: KeptRequest, ended: () => void, signal: AbortSignal): Promise<Response> {
    await this.parts.settled();
    if (await this.parts.isReady()) {
      try {
        return passThrough(await this.send(request), ended, signal);
      } catch (error) {
        if (!(error instanceof BoxUnreachable) || !request.repeatable) throw this.brokenOff(error);
      }
    }
    const answer = this.wakeThenSend(request);
    if (request.wantsStream) return waitingStream(answer, ended, signal);
    return passThrough(await answer, ended, signal);
  }

  private async wakeThenSend(request: KeptRequest): Promise<Response> {
    await within(longestWakeMs, this.parts.wake("a client's request"));
    return this.send(request).catch((error: unknown) => {
      throw this.brokenOff(error);
    });
  }

  private async send(request: KeptRequest): Promise<Response> {
    const response = await this.parts.box.fetch(apiServerPort, request.toHermes(this.parts.apiServerKey()));
    return mendFailedRun(request.folded ? await foldChunks(response, request.signal) : response);
  }

  private brokenOff(error: unknown): unknown {
    if (error instanceof BotError) return error;
    this.parts.lost();
    if (error instanceof BoxUnreachable) return new BotError("stopping", { retryAfter: 5 });
    return new BotError("gatewayLost", { reason: reasonOf(error) });
  }
}

interface KeptRequest {
  readonly wantsStream: boolean;
  /** Asked as a stream for a client that wants one answer. */
  readonly folded: boolean;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** Whether the body is at hand for another try. */
  readonly repeatable: boolean;
  toHermes(apiServerKey: string): Request;
}

/** Reads a small body; a large one stays a stream and can be sent once. @throws BotError for a run's body that is no JSON object */
async function kept(request: Request, isRun: boolean): Promise<KeptRequest> {
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  const small = request.body === null || length <= keptBodyBytes;
  const bytes = small && request.body !== null ? await request.arrayBuffer() : null;
  const chat = isRun && small ? chatBody(bytes) : undefined;
  const wantsStream = chat?.stream === true;
  const folded = chat !== undefined && !wantsStream && foldable.test(new URL(request.url).pathname);
  const body = folded ? JSON.stringify({ ...chat, stream: true }) : bytes;
  return {
    wantsStream,
    folded,
    signal: request.signal,
    repeatable: small,
    toHermes(apiServerKey) {
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${apiServerKey}`);
      for (const name of ["cookie", "cf-access-jwt-assertion", "host", "content-length"]) headers.delete(name);
      const { method, url, signal } = request;
      return new Request(url, { method, headers, body: small ? body : request.body, signal, redirect: "manual" });
    },
  };
}

/** Hermes answers a body of the wrong shape with a bare 500; the client gets a reason instead. */
function chatBody(bytes: ArrayBuffer | null): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder().decode(bytes ?? new ArrayBuffer(0)));
  } catch (error) {
    throw new BotError("badRequest", { reason: `The body is not valid JSON: ${reasonOf(error)}.` });
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new BotError("badRequest", { reason: "The body is JSON, but not an object." });
}

function within(ms: number, ready: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new BotError("waking", { seconds: ms / 1000, retryAfter: 10 })), ms);
  });
  return Promise.race([ready, late]).finally(() => clearTimeout(timer));
}
