import { BotError, reasonOf } from "../errors.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import { mendFailedRun } from "./failedRun.ts";
import { foldChunks } from "./fold.ts";
import { apiServerPort } from "./gateway.ts";
import { type KeptRequest, kept } from "./keptRequest.ts";
import type { RunQueue } from "./runQueue.ts";
import { type Listeners, passThrough, waitingStream } from "./streams.ts";
import { wholeAnswer } from "./wholeAnswer.ts";

/** How long a request waits for a bot that wakes. */
export const longestWakeMs = 180_000;
/** Routes on which Hermes works until the answer is complete. */
const runRoutes = [/^\/v1\/chat\/completions$/, /^\/v1\/responses$/];

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
  /** Called when a stream broke that was handed on already. */
  readonly cut: (reason: string) => void;
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
      return await this.pass(keptRequest, { ended, cut: this.parts.cut, signal: request.signal });
    } catch (error) {
      ended();
      throw error;
    }
  }

  private async pass(request: KeptRequest, listeners: Listeners): Promise<Response> {
    await this.parts.settled();
    if (await this.parts.isReady()) {
      try {
        return passThrough(await this.send(request), listeners);
      } catch (error) {
        if (!(error instanceof BoxUnreachable) || !request.repeatable) throw this.brokenOff(error);
      }
    }
    const answer = this.wakeThenSend(request);
    if (request.wantsStream) return waitingStream(answer, listeners, request.sessionId);
    return passThrough(await answer, listeners);
  }

  private async wakeThenSend(request: KeptRequest): Promise<Response> {
    await within(longestWakeMs, this.parts.wake("a client's request"));
    return this.send(request).catch((error: unknown) => {
      throw this.brokenOff(error);
    });
  }

  private async send(request: KeptRequest): Promise<Response> {
    const response = await this.parts.box.fetch(apiServerPort, request.toHermes(this.parts.apiServerKey()));
    if (await isDraining(response)) throw new BoxUnreachable("the gateway drains");
    const refusal = refusalOf(response, request.route);
    if (refusal !== undefined) throw refusal;
    return mendFailedRun(await (request.folded ? foldChunks(response, request.signal) : wholeAnswer(response)));
  }

  private brokenOff(error: unknown): unknown {
    if (error instanceof BotError) return error;
    this.parts.lost();
    if (error instanceof BoxUnreachable) return new BotError("stopping", { retryAfter: 5 });
    return new BotError("gatewayLost", { reason: reasonOf(error) });
  }
}

/** Hermes takes no run any more when its container was told to end: this one has not begun. */
async function isDraining(response: Response): Promise<boolean> {
  return response.status === 503 && (await response.clone().text()).includes('"gateway_draining"');
}

/** Hermes' server says that it has no such route in plain text; what its routes say themselves is JSON. */
function refusalOf({ status, headers }: Response, route: KeptRequest["route"]): BotError | undefined {
  if (!headers.get("content-type")?.startsWith("text/plain")) return undefined;
  if (status === 405) return new BotError("methodNotAllowed", { ...route, allow: headers.get("allow") ?? "" });
  return status === 404 ? new BotError("unknownPath", route) : undefined;
}

function within(ms: number, ready: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new BotError("waking", { seconds: ms / 1000, retryAfter: 10 })), ms);
  });
  return Promise.race([ready, late]).finally(() => clearTimeout(timer));
}
