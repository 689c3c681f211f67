/**
 * Exec without the rest of a bot: the real objects, the SDK's boxes and the real supervisor on the process engine, asked as the
 * plugin asks. For tests and benches that run many commands.
 */

import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { checkout } from "../../local/paths.ts";
import type { EngineFactory } from "../../local/runtime/engine.ts";
import { imagePrograms } from "../../local/runtime/images.ts";
import { processEngine } from "../../local/runtime/process/index.ts";
import { startTestRuntime, type TestRuntime } from "../../local/runtime/testing/fixture.ts";
import type { ExecPolicy } from "../../worker/declarationSchema.ts";
import { bundledWorker } from "../bundledWorker.ts";
import { testUpload } from "../testUpload.ts";

const worker = "exec";
const adminToken = "admin-token-0123456789";
/** Between two tries of a request that was cut. */
const againMs = 500;
const tries = 60;

const startedSchema = z.looseObject({
  notices: z.array(z.string()).optional(),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
});
const statusSchema = z.looseObject({ exec: z.looseObject({ boxes: z.number(), spare: z.number() }) });
const auditSchema = z.object({
  rows: z.array(z.looseObject({ kind: z.string(), box: z.string(), command: z.string() })),
});

/** How a command ended. */
export interface Ended {
  readonly output: Buffer;
  readonly exit: number;
  readonly endedBy: string | null;
}

/** A Worker with Exec alone, and its containers. */
export class ExecStage {
  readonly runtime: TestRuntime;
  readonly url: string;
  private readonly code: Uint8Array;

  private constructor(runtime: TestRuntime, code: Uint8Array, url: string) {
    this.runtime = runtime;
    this.code = code;
    this.url = url;
  }

  /** @param image reference of the image for commands, on another engine than the process engine */
  static async start(
    policy: Partial<ExecPolicy> = {},
    on?: { readonly engine: EngineFactory; readonly image: string },
  ) {
    const sandboxd = path.join(checkout, "local", "sandboxd", "index.ts");
    const engine = on?.engine ?? processEngine(imagePrograms({ node: process.execPath, sandboxd, checkout }));
    const runtime = await startTestRuntime({ engine });
    await runtime.runtime.setImage(worker, "ExecBox", on?.image ?? "registry.example/talaria-exec:process");
    const code = await bundledWorker("execWorker.ts");
    await deploy(runtime, code, policy);
    await runtime.runtime.setPublic(worker, true);
    return new ExecStage(runtime, code, await runtime.runtime.url(worker));
  }

  /** Uploads the Worker, which resets every object. */
  upload(policy: Partial<ExecPolicy> = {}): Promise<void> {
    return deploy(this.runtime, this.code, policy);
  }

  stop(): Promise<void> {
    return this.runtime.stop();
  }

  /** Bytes or objects in the bucket: the copies of workspaces. */
  copies(): Promise<number> {
    return this.runtime.runtime.bucketSize(worker);
  }

  /** Containers that run now. */
  containers() {
    return this.runtime.runtime.instances(worker, "ExecBox");
  }

  session(name: string): ExecDoor {
    return new ExecDoor(`${this.url}/inside/exec/sessions/${name}`);
  }

  /** A request of an operator. */
  api(route: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}/api${route}`, { ...init, headers: { authorization: `Bearer ${adminToken}` } });
  }

  /** Containers that sessions have, and those that wait. */
  async boxes(): Promise<{ readonly boxes: number; readonly spare: number }> {
    return statusSchema.parse(await (await this.api("/status")).json()).exec;
  }

  async audit(session: string) {
    return auditSchema.parse(await (await this.api(`/audit?session=${session}`)).json()).rows;
  }

  /** Ends a container as the platform may. */
  async end(box: string): Promise<void> {
    await fetch(`${this.url}/end/${box}`);
  }
}

let count = 0;

/** A session of Exec, as the plugin sees it. */
export class ExecDoor {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Begins a job, and tells the notices. @throws Error when it is refused */
  async start(job: string, command: string, options: object = {}): Promise<readonly string[]> {
    const body = { kind: "terminal", command: Buffer.from(command).toString("base64"), timeoutSeconds: 60, ...options };
    const answer = await ask(this.job(job), { method: "PUT", body: JSON.stringify(body) });
    const { notices = [], error } = startedSchema.parse(await answer.json());
    if (error) throw new Error(JSON.stringify(error));
    return notices;
  }

  /** Reads its output to its end. */
  async finish(job: string): Promise<Ended> {
    const parts: Buffer[] = [];
    for (let offset = 0; ; ) {
      const answer = await ask(`${this.job(job)}?offset=${offset}&wait=20`);
      const body = Buffer.from(await answer.arrayBuffer());
      if (!answer.ok) throw new Error(`${answer.status} ${body.toString()}`);
      parts.push(body);
      offset = Number(answer.headers.get("x-job-next"));
      const exit = answer.headers.get("x-job-exit");
      if (exit !== null)
        return { output: Buffer.concat(parts), exit: Number(exit), endedBy: answer.headers.get("x-job-ended-by") };
    }
  }

  /** A command from its start until nothing of it is kept. */
  async run(command: string, options: object = {}): Promise<Ended & { readonly notices: readonly string[] }> {
    const job = `j${count++}`;
    const notices = await this.start(job, command, options);
    const ended = await this.finish(job);
    await ask(`${this.job(job)}/forget`, { method: "POST" });
    return { ...ended, notices };
  }

  async text(command: string, options: object = {}): Promise<string> {
    return (await this.run(command, options)).output.toString();
  }

  async cancel(job: string): Promise<unknown> {
    return (await ask(this.job(job), { method: "DELETE" })).json();
  }

  /** Until there is some output, or the end. */
  async someOutput(job: string): Promise<void> {
    await ask(`${this.job(job)}?wait=20`);
  }

  /** Hermes closed this environment. */
  async rest(): Promise<void> {
    await ask(`${this.url}/rest`, { method: "POST" });
  }

  private job(id: string): string {
    return `${this.url}/jobs/${id}`;
  }
}

/** As the plugin: the same request again where the connection broke, or the answer says so. */
async function ask(target: string, init: RequestInit = {}): Promise<Response> {
  for (let tried = 0; ; tried++) {
    const answer = await fetch(target, init).catch(() => undefined); // a reset: asked again
    const again =
      answer === undefined || answer.status === 502 || (answer.status === 503 && answer.headers.has("retry-after"));
    if (!again || tried === tries) return answer ?? Response.error();
    await pause(againMs);
  }
}

async function deploy(runtime: TestRuntime, code: Uint8Array, policy: Partial<ExecPolicy>): Promise<void> {
  await runtime.runtime.deploy(
    testUpload({
      name: worker,
      code,
      classes: ["Agent", "ExecSession", "ExecPool", "ExecBox", "Spend"],
      declared: ({ exec }) => ({ exec: { ...exec, parallel: 12, spare: 0, ...policy } }),
      secrets: { ADMIN_TOKEN: adminToken, CLIENT_TOKEN: "client-token-0123456789" },
      hasBucket: true,
    }),
  );
}
