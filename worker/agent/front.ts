import { BotError, reasonOf } from "../errors.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import { mendFailedRun } from "./failedRun.ts";
import { apiServerPort } from "./gateway.ts";
import type { RunQueue } from "./runQueue.ts";
import { passThrough, waitingStream } from "./streams.ts";

/** How long a request waits for a bot that wakes. */
export const longestWakeMs = 180_000;
/** Bodies up to this size are kept until Hermes has them, so that a request can wait for a waking bot or be sent again. */
const keptBodyBytes = 1_000_000;
/** Routes on which Hermes works until the answer is complete. */
const runRoutes = [/^\/v1\/chat\/completions$/, /^\/v1\/responses$/];

export interface FrontParts {
  readonly box: Box;
  readonly queue: RunQueue;
  readonly apiServerKey: () => string;
  readonly isReady: () => Promise<boolean>;
  /** Wakes the bot; shared by all who wait. */
  readonly wake: (cause: string) => Promise<void>;
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
    const leave = isRun ? await this.parts.queue.enter(request.signal) : () => {};
    const ended = () => {
      leave();
      this.parts.used();
    };
    try {
      return await this.pass(await kept(request), ended);
    } catch (error) {
      ended();
      throw error;
    }
  }

  private async pass(request: KeptRequest, ended: () => void): Promise<Response> {
    if (await this.parts.isReady()) {
      try {
        return passThrough(await this.send(request), ended);
      } catch (error) {
        if (!(error instanceof BoxUnreachable) || !request.repeatable) throw brokenOff(error);
      }
    }
    const answer = this.wakeThenSend(request);
    if (request.wantsStream) return waitingStream(answer, ended);
    return passThrough(await answer, ended);
  }

  private async wakeThenSend(request: KeptRequest): Promise<Response> {
    await within(longestWakeMs, this.parts.wake("a client's request"));
    return this.send(request).catch((error: unknown) => {
      throw brokenOff(error);
    });
  }

  private async send(request: KeptRequest): Promise<Response> {
    const response = await this.parts.box.fetch(apiServerPort, request.toHermes(this.parts.apiServerKey()));
    return mendFailedRun(response);
  }
}

interface KeptRequest {
  readonly wantsStream: boolean;
  /** Whether the body is at hand for another try. */
  readonly repeatable: boolean;
  toHermes(apiServerKey: string): Request;
}

/** Reads a small body; a large one stays a stream and can be sent once. */
async function kept(request: Request): Promise<KeptRequest> {
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  const small = request.body === null || length <= keptBodyBytes;
  const body = small ? (request.body === null ? null : await request.arrayBuffer()) : request.body;
  return {
    wantsStream: body instanceof ArrayBuffer && /"stream"\s*:\s*true/.test(new TextDecoder().decode(body)),
    repeatable: small,
    toHermes(apiServerKey) {
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${apiServerKey}`);
      for (const name of ["cookie", "cf-access-jwt-assertion", "host"]) headers.delete(name);
      const { method, url, signal } = request;
      return new Request(url, { method, headers, body, signal, redirect: "manual" });
    },
  };
}

function brokenOff(error: unknown): unknown {
  if (error instanceof BotError) return error;
  if (error instanceof BoxUnreachable) return new BotError("stopping", { retryAfter: 5 });
  return new BotError("gatewayLost", { reason: reasonOf(error) });
}

function within(ms: number, ready: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new BotError("waking", { seconds: ms / 1000, retryAfter: 10 })), ms);
  });
  return Promise.race([ready, late]).finally(() => clearTimeout(timer));
}
