/** The Worker as an upload brings it: bundled as `infra` bundles it, with the bindings that `worker/bindings.ts` lists. */
import { randomBytes } from "node:crypto";
import { bundleWorker } from "../../infra/bundle.ts";
import { checkout } from "../../local/paths.ts";
import type { DeployedWorker, WorkerModule } from "../../local/runtime/contract.ts";
import { buckets, classes, compatibility, declarationModule, generatedSecrets } from "../../worker/bindings.ts";
import { type Declaration, declarationSchema } from "../../worker/declarationSchema.ts";
import declarationText from "../../worker/testing/declarationText.ts";

const { exec } = declarationSchema.parse(JSON.parse(declarationText));

/** Image references; their last segments name the programs of the process engine. */
export const images = { hermes: "torture/hermes:1", exec: "torture/exec:1", care: "torture/care:1" };

/** Secrets of one system. */
export interface Secrets {
  readonly adminToken: string;
  readonly clientToken: string;
  readonly apiServerKey: string;
  readonly sessionKey: string;
  readonly repositoryPassword: string;
}

/** Draws them. */
export function drawSecrets(): Secrets {
  const secret = () => randomBytes(24).toString("hex");
  return {
    adminToken: secret(),
    clientToken: secret(),
    apiServerKey: secret(),
    sessionKey: secret(),
    repositoryPassword: secret(),
  };
}

export interface UploadOptions {
  readonly name: string;
  readonly bucket: string;
  readonly secrets: Secrets;
  /** Environment of the gateway. */
  readonly environment: Readonly<Record<string, string>>;
  /** Main file of the Worker. @default e2e/torture/worker/index.js */
  readonly entry?: string;
  readonly intervalMinutes?: number;
  /** Bindings beside the Worker's own. */
  readonly bindings?: DeployedWorker["bindings"];
}

/** Makes an upload; `variables` differ from one to the next. */
export async function prepareUpload(
  options: UploadOptions,
): Promise<(variables: Readonly<Record<string, string>>) => DeployedWorker> {
  const { name, bucket, secrets, entry = "e2e/torture/worker/index.js", bindings = [] } = options;
  const bundle = await bundleWorker(entry, checkout);
  const text = (content: string) => new TextEncoder().encode(content);
  const code: WorkerModule[] = bundle.modules
    .filter(({ type }) => type !== "application/source-map")
    .map(({ name, type, content }) => ({ name, contentType: type, content: text(content) }));
  const declaration = text(JSON.stringify(declarationOf(options)));
  const generated = Object.entries(generatedSecrets).map(([secret, binding]) => ({
    name: binding,
    type: "secret_text",
    text: JSON.stringify({ current: secrets[secret as keyof typeof generatedSecrets] }),
  }));
  const objects = Object.entries(classes).map(([className, { binding }]) => ({
    name: binding,
    type: "durable_object_namespace",
    class_name: className,
  }));
  return (variables) => ({
    name,
    mainModule: bundle.mainModule,
    modules: [...code, { name: declarationModule, contentType: "text/plain", content: declaration }],
    bindings: [
      ...objects,
      { name: buckets.snapshots, type: "r2_bucket", bucket_name: bucket },
      ...bindings,
      ...generated,
      { name: "REPOSITORY_PASSWORD", type: "secret_text", text: secrets.repositoryPassword },
      ...Object.entries(variables).map(([variable, value]) => ({ name: variable, type: "plain_text", text: value })),
    ],
    compatibilityDate: compatibility.date,
    compatibilityFlags: [...compatibility.flags],
    classes: Object.fromEntries(
      Object.entries(classes).map(([className, declared]) => [className, { container: "application" in declared }]),
    ),
  });
}

function declarationOf({ name, environment, intervalMinutes = 60 }: UploadOptions): Declaration {
  return declarationSchema.parse({
    bot: name,
    stack: "torture",
    engine: "process",
    images,
    versions: { talaria: "0", hermes: "torture", sdk: "0" },
    sleepAfterSeconds: null,
    chatPlatforms: [],
    maxConcurrentRuns: 32,
    model: { default: "custom/canned", baseUrl: "http://127.0.0.1:9/v1" },
    settings: {},
    environment,
    snapshots: {
      intervalMinutes,
      keep: { last: 20, hourly: 24, daily: 14, weekly: 8, monthly: 12 },
      drillDays: 7,
      careIndexFiles: 300,
    },
    agent: { network: "internet", hosts: [] },
    exec,
  } satisfies Declaration);
}
