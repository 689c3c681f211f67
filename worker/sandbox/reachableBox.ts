import { type Process, type ProcessOptions, Sandbox } from "@cloudflare/sandbox";
import type { Env } from "../env.ts";
import { reasonOf } from "../errors.ts";
import type { NetworkFields } from "./network.ts";

/** Header of a request that is meant for a service inside the container: its port. */
export const portHeader = "x-talaria-port";
/** Header of an answer that this object made itself because nothing inside could be reached. */
export const unreachableHeader = "x-talaria-unreachable";

/** A container that the Agent uses through `sandboxBox`, with what it reaches itself. */
export class ReachableBox extends Sandbox<Env> {
  /** The SDK reads the fields once its constructor has given up the thread. */
  constructor(ctx: DurableObjectState<object>, env: Env, network: NetworkFields) {
    super(ctx, env);
    this.enableInternet = network.enableInternet;
    this.interceptHttps = network.interceptHttps;
    if (network.allowedHosts) this.allowedHosts = network.allowedHosts;
  }

  /** Whether the container runs; asks the platform and starts nothing. */
  async isRunning(): Promise<boolean> {
    return this.ctx.container?.running ?? false;
  }

  /**
   * Starts a background process where its caller wants it. With `enableDefaultSession: false` the SDK's `getSandbox` names "no session"
   * within the options, where its own method does not look (0.12.10): the process would start in a session and die with that shell.
   */
  override startProcess(command: string, options?: ProcessOptions, sessionId?: string): Promise<Process> {
    return super.startProcess(command, options, sessionId ?? options?.sessionId);
  }

  /**
   * Passes a request with {@link portHeader} straight to that port. The SDK's own way would start a stopped container
   * behind the Agent's back; this one answers 503 with {@link unreachableHeader} instead.
   */
  override async fetch(request: Request): Promise<Response> {
    const port = Number(request.headers.get(portHeader));
    if (!port) return super.fetch(request);
    if (!this.ctx.container?.running) return unreachable("the container does not run");
    const headers = new Headers(request.headers);
    headers.delete(portHeader);
    try {
      const inner = new Request(request.url.replace(/^https:/, "http:"), new Request(request, { headers }));
      return await this.ctx.container.getTcpPort(port).fetch(inner.url, inner);
    } catch (error) {
      if (isRefused(error)) return unreachable(reasonOf(error));
      throw error;
    }
  }
}

function unreachable(reason: string): Response {
  return new Response(reason, { status: 503, headers: { [unreachableHeader]: "1" } });
}

/** Both engines and the platform say so when nobody listens; any other error may have come after the request arrived. */
function isRefused(error: unknown): boolean {
  return /not listening|connection refused|container is not running|no container/i.test(reasonOf(error));
}
