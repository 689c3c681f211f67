import { createHash } from "node:crypto";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  type ApplicationName,
  buckets,
  type ClassName,
  classes,
  compatibility,
  declarationModule,
  emailBinding,
  madeSecrets,
  rateLimits,
} from "../worker/bindings.ts";
import { type AccessDeclaration, declarationSchema } from "../worker/declarationSchema.ts";
import { identityHash } from "../worker/identity.ts";
import type { AiGateway } from "./aiGateway.ts";
import { bundleWorker } from "./bundle.ts";
import { leaveBundle } from "./cloudflare/bundleFile.ts";
import type { InputsOf } from "./cloudflare/dynamicProvider.ts";
import type { PlainBinding } from "./cloudflare/workerForm.ts";
import { WorkerUpload } from "./cloudflare/workerUpload.ts";
import type { BotConfig } from "./config.ts";
import { declarationText } from "./declaration.ts";
import { declaredLeaves } from "./declaredLeaves.ts";
import { GeneratedSecrets } from "./generatedSecrets.ts";
import type { ImageReferences } from "./images.ts";
import { type BotNames, rateLimitNamespace } from "./naming.ts";
import { tokenTags } from "./preflight/chat/tokenTags.ts";

/** What a bot's Worker is made from. */
export interface BotWorkerArgs {
  readonly config: BotConfig;
  readonly names: BotNames;
  readonly images: ImageReferences;
  /** The snapshots' bucket, once it exists. */
  readonly bucket: pulumi.Input<string>;
  /** Whose word the Worker believes; undefined without Access. */
  readonly access: pulumi.Output<AccessDeclaration> | undefined;
  /** What stands before the providers of models; undefined without one. */
  readonly gateway: AiGateway | undefined;
}

/** The Worker's main file, from the repository's top. */
const entry = path.join("worker", "index.ts");

/** The Worker: its code, what it is bound to, and the secrets it holds. */
export class BotWorker extends pulumi.ComponentResource {
  readonly scriptName: pulumi.Output<string>;
  /** Where it answers on workers.dev. */
  readonly url: pulumi.Output<string>;
  /** Changes with every upload. */
  readonly version: pulumi.Output<string>;
  readonly adminToken: pulumi.Output<string>;
  readonly clientToken: pulumi.Output<string>;
  /** SHA-256 of the code and of the declaration; `identity` changes exactly when a deployment replaces Hermes' container. */
  readonly hashes: Readonly<Record<"worker" | "declaration" | "identity", pulumi.Output<string>>>;

  constructor(
    name: string,
    { config, names, images, bucket, access, gateway }: BotWorkerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("talaria:index:BotWorker", name, {}, opts);
    const secrets = new GeneratedSecrets(`${name}-secrets`, config, { parent: this });
    const made = { access, aiGateway: gateway?.declaration };
    const declaration = declarationText(config, names, images, made);
    const bundle = pulumi.output(prepareBundle());
    const upload = new WorkerUpload(
      `${name}-upload`,
      {
        accountId: config.accountId,
        scriptName: names.worker,
        bundle,
        bindings: plainBindings(bucket, config),
        secrets: {
          ...secrets.bindings,
          ...config.secrets,
          ...(gateway && { [madeSecrets.aiGatewayToken]: gateway.token }),
        },
        classes: containerLinks(names),
        compatibilityDate: compatibility.date,
        compatibilityFlags: [...compatibility.flags],
        tags: tokenTags(config),
        declared: declaredLeaves(config, names, images, made),
        texts: { [declarationModule]: declaration },
        allowReplacement: config.allowReplacement,
      },
      { parent: this },
    );

    this.scriptName = upload.scriptName;
    this.url = upload.url;
    this.version = upload.versionId;
    this.adminToken = secrets.adminToken;
    this.clientToken = secrets.clientToken;
    const hash = declaration.apply((text) => createHash("sha256").update(text).digest("hex"));
    const identity = declaration.apply((text) => identityHash(declarationSchema.parse(JSON.parse(text))));
    this.hashes = { worker: bundle, declaration: hash, identity };
    this.registerOutputs({});
  }
}

/** Bundles the Worker and leaves the code where the upload finds it by its hash. */
async function prepareBundle(): Promise<string> {
  const bundle = await bundleWorker(entry, path.dirname(import.meta.dirname));
  await leaveBundle(bundle);
  return bundle.hash;
}

function plainBindings(
  bucket: pulumi.Input<string>,
  { project, stack, alarms }: BotConfig,
): InputsOf<Record<string, PlainBinding>> {
  const objects = Object.entries(classes).map(([className, { binding }]) => [
    binding,
    { type: "durable_object_namespace", class_name: className },
  ]);
  const stores = { [buckets.snapshots]: { type: "r2_bucket", bucket_name: bucket } };
  const limits = Object.entries(rateLimits).map(([purpose, { binding, limit, period }]) => [
    binding,
    { type: "ratelimit", namespace_id: rateLimitNamespace(project, stack, purpose), simple: { limit, period } },
  ]);
  const { email } = alarms;
  const mail = {
    type: "send_email",
    destination_address: email?.to ?? "",
    allowed_sender_addresses: [email?.from ?? ""],
  };
  const senders = email === undefined ? {} : { [emailBinding]: mail };
  return { ...Object.fromEntries(objects), ...stores, ...Object.fromEntries(limits), ...senders };
}

/** Class → its container application, "" for a class without containers. */
function containerLinks(names: BotNames): Record<ClassName, string> {
  const link = (of: { readonly binding: string; readonly application?: ApplicationName }) =>
    of.application === undefined ? "" : names.applications[of.application];
  return {
    Agent: link(classes.Agent),
    ExecSession: link(classes.ExecSession),
    ExecPool: link(classes.ExecPool),
    Spend: link(classes.Spend),
    AgentBox: link(classes.AgentBox),
    ExecBox: link(classes.ExecBox),
    CareBox: link(classes.CareBox),
  };
}
