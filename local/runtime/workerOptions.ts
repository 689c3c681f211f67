/** An uploaded Worker as Miniflare's options. The only file that knows both shapes. */
import type { MiniflareOptions } from "miniflare";
import { z } from "zod";
import type { S3Keys } from "./bucketDoor.ts";
import type { DeployedWorker, WorkerBinding, WorkerModule } from "./contract.ts";
import { imageName } from "./engine.ts";

type WorkerConfig = NonNullable<MiniflareOptions["workers"]>[number]["config"];
type Manifest = NonNullable<WorkerConfig["manifest"]>;
type ModuleEntry = Manifest["modules"][string];
type Binding = NonNullable<WorkerConfig["env"]>[string];
type Export = NonNullable<WorkerConfig["exports"]>[string];

/** Content type of an uploaded part → kind of module, as Cloudflare reads it. */
const moduleTypes: Readonly<Record<string, "esm" | "text" | "wasm" | "data">> = {
  "application/javascript+module": "esm",
  "text/plain": "text",
  "application/wasm": "wasm",
  "application/octet-stream": "data",
};

const bindingSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("plain_text"), text: z.string() }),
  z.object({ type: z.literal("secret_text"), text: z.string() }),
  z.object({ type: z.literal("json"), json: z.json() }),
  z.object({ type: z.literal("r2_bucket"), bucket_name: z.string() }),
  z.object({ type: z.literal("durable_object_namespace"), class_name: z.string() }),
  z.object({
    type: z.literal("ratelimit"),
    namespace_id: z.string(),
    simple: z.object({ limit: z.number(), period: z.union([z.literal(10), z.literal(60)]) }),
  }),
  z.object({
    type: z.literal("send_email"),
    destination_address: z.string().optional(),
    allowed_destination_addresses: z.array(z.string()).optional(),
    allowed_sender_addresses: z.array(z.string()).optional(),
  }),
]);

/**
 * The part of Miniflare's options that an upload decides. Throws for what the local runtime cannot run, by name.
 * `keys` open the S3 address of the buckets.
 */
export function workerConfig(worker: DeployedWorker, keys: S3Keys): WorkerConfig {
  return {
    name: worker.name,
    compatibilityDate: worker.compatibilityDate,
    compatibilityFlags: [...worker.compatibilityFlags],
    manifest: {
      mainModule: worker.mainModule,
      modules: Object.fromEntries(worker.modules.map((module) => [module.name, moduleEntry(module)])),
    },
    env: Object.fromEntries(worker.bindings.map((binding) => [binding.name, toBinding(worker.name, binding, keys)])),
    exports: Object.fromEntries(
      Object.entries(worker.classes).map(([name, { container }]) => [
        name,
        durableObject(worker.name, name, container),
      ]),
    ),
  };
}

/** Bucket name → name of the binding, for the buckets that a Worker binds. */
export function bucketBindings(worker: DeployedWorker): ReadonlyMap<string, string> {
  const buckets = worker.bindings.filter((binding) => binding.type === "r2_bucket");
  return new Map(buckets.map((binding) => [String(binding.bucket_name), binding.name]));
}

function moduleEntry(module: WorkerModule): ModuleEntry {
  const [contentType = ""] = module.contentType.split(";");
  const type = moduleTypes[contentType.trim().toLowerCase()];
  if (!type)
    throw new Error(
      `module ${module.name} has content type ${module.contentType}, which the local runtime cannot load`,
    );
  const contents = type === "wasm" || type === "data" ? new Uint8Array(module.content) : text(module.content);
  return { type, contents } as ModuleEntry;
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}

function toBinding(worker: string, binding: WorkerBinding, keys: S3Keys): Binding {
  const parsed = bindingSchema.safeParse(binding);
  if (!parsed.success)
    throw new Error(
      `binding ${binding.name} of type ${binding.type} does not run locally: ${z.prettifyError(parsed.error)}`,
    );
  const { data } = parsed;
  switch (data.type) {
    case "plain_text":
    case "secret_text":
      return { type: "text", value: data.text };
    case "json":
      return { type: "json", value: data.json };
    case "r2_bucket":
      return { type: "r2", name: data.bucket_name, dev: { experimentalS3Credentials: keys } };
    case "durable_object_namespace":
      return { type: "durable-object", worker, exportName: data.class_name };
    case "ratelimit":
      return { type: "rate-limit", namespace: data.namespace_id, simple: data.simple };
    case "send_email":
      // Miniflare writes what is sent into a file, and says where.
      return {
        type: "send-email",
        destinationAddress: data.destination_address,
        allowedDestinationAddresses: data.allowed_destination_addresses,
        allowedSenderAddresses: data.allowed_sender_addresses,
      };
  }
}

/**
 * workerd removes the container of an object that it drops from memory (about 10 s idle). On Cloudflare the container
 * lives on, so objects with a container stay in memory here.
 */
function durableObject(worker: string, name: string, container: boolean): Export {
  return {
    type: "durable-object",
    storage: "sqlite",
    ...(container ? { container: { imageName: imageName(worker, name) }, unsafePreventEviction: true } : {}),
  };
}
