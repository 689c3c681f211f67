/** Server-sent events as the real server frames them: `data: <one-line JSON>` and a blank line, nothing else. */
import type { ServerResponse } from "node:http";
import { corsHeaders } from "./answer.ts";

/** An open event stream. It is reset, not ended, when no event went out for `idleMs`. */
export class EventStream {
  private readonly response: ServerResponse;
  private readonly idle: NodeJS.Timeout;

  constructor(response: ServerResponse, idleMs: number) {
    this.response = response;
    this.idle = setTimeout(() => response.socket?.resetAndDestroy(), idleMs);
    this.onClose(() => clearTimeout(this.idle));
    response.writeHead(200, { ...corsHeaders, "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.flushHeaders();
  }

  /** Whether nobody listens any more. */
  get closed(): boolean {
    return this.response.writableEnded || this.response.destroyed;
  }

  /** Sends one event. */
  send(event: object): void {
    if (this.closed) return;
    this.idle.refresh();
    this.response.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  /** Ends the stream; the last event must have been sent. */
  end(): void {
    clearTimeout(this.idle);
    if (!this.closed) this.response.end();
  }

  /** Calls `listener` when the stream is over, whoever ended it. */
  onClose(listener: () => void): void {
    this.response.once("close", listener);
  }
}
