/** A loopback Cloudflare over a {@link FakeRuntime} in a temporary folder, and what a test needs to talk to it. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import Cloudflare from "cloudflare";
import { z } from "zod";
import type { GatewayAccount } from "../../aiGateway/account.ts";
import { type CloudflareOptions, startCloudflare } from "../index.ts";
import { FakeRuntime } from "./fakeRuntime.ts";

/** The account of the tests. */
export const accountId = "10ca110c".repeat(4);
/** The token that may do everything. */
export const token = "test-token-of-the-loopback-cloudflare-api";

const envelopeSchema = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })),
  messages: z.array(z.object({ message: z.string() })),
  result: z.unknown(),
});

/** An answer with its envelope read. */
export type Reply = z.infer<typeof envelopeSchema> & { readonly status: number };

/** A running API and its helpers. */
export interface Loopback {
  readonly url: string;
  readonly runtime: FakeRuntime;
  readonly stateDir: string;
  readonly client: Cloudflare;
  readonly logged: string[];
  readonly aiGateways: GatewayAccount;
  /** Sends a request below the account: `send("GET", "/r2/buckets")`; a path that starts with `~` is below /client/v4. */
  send(method: string, path: string, body?: unknown, bearer?: string): Promise<Reply>;
  /** Stops and starts again on the same state with a new runtime. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one; close it in `afterEach`. */
export async function aLoopback(options: Partial<CloudflareOptions> = {}): Promise<Loopback> {
  const stateDir = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-cloudflare-"));
  const logged: string[] = [];
  const start = async (runtime: FakeRuntime) => {
    const api = await startCloudflare({
      stateDir,
      accountId,
      token,
      runtime,
      log: (line) => logged.push(line),
      ...options,
    });
    const client = new Cloudflare({ apiToken: token, baseURL: api.url, maxRetries: 0 });
    return { api, runtime, client };
  };
  let running = await start(new FakeRuntime());
  return {
    stateDir,
    logged,
    get url() {
      return running.api.url;
    },
    get runtime() {
      return running.runtime;
    },
    get aiGateways() {
      return running.api.aiGateways;
    },
    get client() {
      return running.client;
    },
    async send(method, to, body, bearer = token) {
      const url = `${running.api.url}${to.startsWith("~") ? to.slice(1) : `/accounts/${accountId}${to}`}`;
      const form = body instanceof FormData;
      const response = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(form || body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      });
      return { ...envelopeSchema.parse(await response.json()), status: response.status };
    },
    async restart() {
      await running.api.close();
      running = await start(new FakeRuntime());
    },
    async close() {
      await running.api.close();
      await fs.rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** The form of an upload: a Worker with one class that owns a container, and what the test changes of it. */
export function anUpload(metadata: Record<string, unknown> = {}): FormData {
  const form = new FormData();
  const base = {
    main_module: "index.js",
    compatibility_date: "2026-11-01",
    compatibility_flags: ["nodejs_compat"],
    bindings: [{ type: "durable_object_namespace", name: "BOX", class_name: "Box" }],
    containers: [{ class_name: "Box", name: "bot-box" }],
    exports: { Box: { type: "durable-object", storage: "sqlite", container: "bot-box" } },
  };
  form.set("metadata", JSON.stringify({ ...base, ...metadata }));
  const code = "export class Box {}\nexport default {}";
  form.set("index.js", new File([code], "index.js", { type: "application/javascript+module" }));
  return form;
}

/** The body of an application for the class of {@link anUpload}. */
export function anApplication(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: "bot-box",
    scheduling_policy: "default",
    instances: 0,
    max_instances: 2,
    configuration: { image: image("one"), instance_type: "basic" },
    durable_objects: { script_name: "bot", class_name: "Box" },
    ...changes,
  };
}

/** An image reference of the account. */
export function image(tag: string): string {
  return `registry.cloudflare.com/${accountId}/box:${tag}`;
}
