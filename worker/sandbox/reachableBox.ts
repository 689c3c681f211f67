import { type Process, type ProcessOptions, Sandbox } from "@cloudflare/sandbox";
import type { ApplicationName } from "../bindings.ts";
import type { Secrets } from "../bound.ts";
import { shapeOf } from "../cost/shape.ts";
import { declaration } from "../declaration.ts";
import { reasonOf } from "../errors.ts";
import { consoleLog, masker } from "../log.ts";
import { secretValues } from "../secrets.ts";
import type { SpendBinding } from "../spend/call.ts";
import { tellUsage } from "../spend/tell.ts";
import { ContainerMeter, readEverySeconds } from "./containerMeter.ts";
import { containerUse } from "./containerUse.ts";
import type { NetworkFields } from "./network.ts";

/** Header of a request that is meant for a service inside the container: its port. */
export const portHeader = "x-talaria-port";
/** Header of an answer that this object made itself because nothing inside could be reached. */
export const unreachableHeader = "x-talaria-unreachable";

/** The first look comes early: of a container that runs for minutes alone, the last one sees it emptied. */
const firstReadSeconds = 60;
/** How long a last look may hold up the end of a container. */
const lastLookMs = 2_000;
/** How long any other may take. */
const lookMs = 10_000;
/** Name of the method that the SDK's alarm calls. */
const tick = "readMeter";

/** What any container takes of the platform. */
export type BoxEnv = SpendBinding & Secrets;

/** A container that the Agent uses through `sandboxBox`, with what it reaches itself. */
export class ReachableBox<E extends BoxEnv = BoxEnv> extends Sandbox<E> {
  readonly #meter: ContainerMeter;

  /** The SDK reads the fields of `network` once its constructor has given up the thread. `of` is whose use this container's is. */
  constructor(ctx: DurableObjectState<object>, env: E, of: ApplicationName, network: NetworkFields) {
    super(ctx, env);
    this.#meter = new ContainerMeter({
      source: `${this.constructor.name}/${ctx.id}`,
      of,
      size: shapeOf(declaration).sizes[of],
      storage: ctx.storage.kv,
      now: () => Date.now(),
      look: async (signal) => {
        if (!ctx.container?.running) throw new Error("the container does not run");
        return containerUse(ctx.container, signal);
      },
      tell: (reading) => tellUsage(env, reading),
      log: consoleLog(masker(secretValues(env)), { object: ctx.id.toString() }),
    });
    // A reset between a start and its word would leave it uncounted.
    if (ctx.container?.running) ctx.blockConcurrencyWhile(() => this.#beginMeter());
    this.enableInternet = network.enableInternet;
    this.interceptHttps = network.interceptHttps;
    if (network.allowedHosts) this.allowedHosts = network.allowedHosts;
  }

  /** Whether the container runs; asks the platform and starts nothing. */
  async isRunning(): Promise<boolean> {
    return this.ctx.container?.running ?? false;
  }

  override async onStart(): Promise<void> {
    await super.onStart();
    await this.#beginMeter();
  }

  override async startAndWaitForPorts(...asked: Parameters<Sandbox["startAndWaitForPorts"]>): Promise<void> {
    if (!this.ctx.container?.running) this.#endMeter(); // nobody has said that the last one ended
    await super.startAndWaitForPorts(...asked);
  }

  override async onStop(params?: Parameters<Sandbox["onStop"]>[0]): Promise<void> {
    this.#endMeter();
    await super.onStop(params);
  }

  /** Ends the container as the SDK does, after a look at what it has used that holds up nothing. */
  override async destroy(): Promise<void> {
    if (this.ctx.container?.running) await this.#meter.look(AbortSignal.timeout(lastLookMs));
    await super.destroy();
    if (!this.ctx.container?.running) this.#endMeter();
  }

  /** Called by the SDK's alarm. Starts nothing, and is not due again once the container has ended and its count was told. Public for it. */
  async readMeter(): Promise<void> {
    if (this.ctx.container?.running) await this.#meter.look(AbortSignal.timeout(lookMs));
    await this.#meter.tell();
    this.deleteSchedules(tick);
    if (this.ctx.container?.running || this.#meter.owes) await this.schedule(readEverySeconds, tick);
  }

  async #beginMeter(): Promise<void> {
    this.#meter.started();
    if ((await this.listSchedules(tick)).length === 0) await this.schedule(firstReadSeconds, tick);
  }

  #endMeter(): void {
    this.#meter.ended();
    this.ctx.waitUntil(this.#settleMeter());
  }

  /** An object whose container has ended, and that owes nothing, is not woken. */
  async #settleMeter(): Promise<void> {
    await this.#meter.tell();
    if (!this.ctx.container?.running && !this.#meter.owes) this.deleteSchedules(tick);
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
