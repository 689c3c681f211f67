import * as pulumi from "@pulumi/pulumi";
import { call, unlessGone } from "./api.ts";
import { takeBundle } from "./bundleFile.ts";
import { changeWords } from "./changeWords.ts";
import { CloudflareDynamicProvider, changedKeys, gone, type InputsOf } from "./dynamicProvider.ts";
import { type PlainBinding, type UploadDeclaration, uploadForm } from "./workerForm.ts";
import { placeMark } from "./workerPlace.ts";

/** A Worker as it is uploaded: code, bindings, secrets and Durable Object classes in one request. */
export interface WorkerUploadInputs extends UploadDeclaration {
  readonly accountId: string;
  readonly scriptName: string;
  /** Leaves of the declaration, as JSON by their dotted paths, a long one by its hash: so a preview shows each that changes. */
  readonly declared: Readonly<Record<string, string>>;
  /** Hash of the code; the code itself waits in a file (`bundleFile.ts`). */
  readonly bundle: string;
  /** Another name or account may take this Worker's place, although its Durable Objects' data is lost. */
  readonly allowReplacement: boolean;
}

/** What is known after an upload. */
export interface WorkerUploadState extends WorkerUploadInputs {
  /** Id of the version that this upload made. Another one that is live was made by hand. */
  readonly versionId: string;
  /** Where the Worker answers on workers.dev; "" if the account has no such subdomain. */
  readonly url: string;
}

/** Limits of the platform: bytes of one variable or secret, and how many there may be. */
const limits = { bytes: 5 * 1024, count: 128 };

class WorkerUploadProvider extends CloudflareDynamicProvider implements pulumi.dynamic.ResourceProvider {
  async check(olds: Partial<WorkerUploadInputs>, news: WorkerUploadInputs): Promise<pulumi.dynamic.CheckResult> {
    const failures = overLimits(news);
    if (olds.scriptName === undefined) {
      const settings = await unlessGone(call(this.connection, "GET", `${script(news)}/settings`));
      if (settings !== undefined && !(await isOurs(settings, news))) {
        failures.push({ property: "scriptName", reason: occupied(news.scriptName) });
      }
    }
    return { inputs: news, failures };
  }

  async diff(_id: string, olds: WorkerUploadState, news: WorkerUploadInputs): Promise<pulumi.dynamic.DiffResult> {
    const changed = changedKeys({ ...olds }, { ...news });
    const moved = ["accountId", "scriptName"].filter((key) => changed.includes(key));
    if (moved.length > 0 && !news.allowReplacement) throw new Error(lost(olds.scriptName));
    await this.say(olds, news);
    return { changes: changed.length > 0, replaces: moved };
  }

  /** The same request makes a Worker and replaces one, so a Worker of ours that is there already is adopted. */
  async create(inputs: WorkerUploadInputs): Promise<pulumi.dynamic.CreateResult> {
    return { id: inputs.scriptName, outs: await this.upload(inputs) };
  }

  async read(id: string, props: WorkerUploadState): Promise<pulumi.dynamic.ReadResult> {
    const settings = await unlessGone(call(this.connection, "GET", `${script(props)}/settings`));
    if (settings === undefined) return gone();
    const live = await this.liveVersion(props);
    const seen = await toState(settings, props);
    const bundle =
      live === undefined || live === props.versionId ? props.bundle : `version ${live}, made outside Pulumi`;
    const state = { ...props, ...seen, bundle };
    const { versionId: _version, url: _url, ...inputs } = state;
    return { id, props: { ...state, url: await this.url(props) }, inputs };
  }

  async update(_id: string, olds: WorkerUploadState, news: WorkerUploadInputs): Promise<pulumi.dynamic.UpdateResult> {
    const changed = changedKeys({ ...olds }, { ...news }).filter(
      (key) => !["__provider", "allowReplacement", "declared"].includes(key),
    );
    if (changed.length > 0) return { outs: await this.upload(news) };
    return { outs: { ...news, versionId: olds.versionId, url: olds.url } };
  }

  async delete(_id: string, props: WorkerUploadState): Promise<void> {
    await unlessGone(call(this.connection, "DELETE", script(props)));
  }

  /** What becomes of the bot, for whoever reads the preview or the update. The engine shows what a provider prints. */
  async say(olds: WorkerUploadState, news: WorkerUploadInputs): Promise<void> {
    const { lines, reachesTheBox } = changeWords(olds, news);
    if (lines.length === 0) return;
    const rest = reachesTheBox ? await restOf(olds) : undefined;
    process.stdout.write(`${[`${olds.scriptName}:`, ...lines, ...(rest ? [rest] : [])].join("\n  ")}\n`);
  }

  async upload(inputs: WorkerUploadInputs): Promise<WorkerUploadState> {
    const { z } = await import("zod");
    const form = uploadForm(await takeBundle(inputs.bundle), inputs);
    const result = await call(this.connection, "PUT", `${script(inputs)}?excludeScript=true&bindings_inherit=strict`, {
      form,
    });
    const { deployment_id } = z.object({ deployment_id: z.string() }).parse(result);
    return { ...inputs, versionId: toUuid(deployment_id), url: await this.url(inputs) };
  }

  /** The version that serves all traffic; undefined if the platform names none. */
  async liveVersion(props: WorkerUploadInputs): Promise<string | undefined> {
    const { z } = await import("zod");
    const result = await unlessGone(call(this.connection, "GET", `${script(props)}/deployments`));
    const shape = z.object({
      deployments: z.array(z.object({ versions: z.array(z.object({ version_id: z.string() })) })),
    });
    return shape.safeParse(result).data?.deployments[0]?.versions[0]?.version_id;
  }

  async url({ accountId, scriptName }: WorkerUploadInputs): Promise<string> {
    const { z } = await import("zod");
    const worker = await call(this.connection, "GET", `/accounts/${accountId}/workers/workers/${scriptName}`);
    const url = z.object({ subdomain: z.object({ url: z.string().optional() }) }).parse(worker).subdomain.url;
    if (url === undefined) return "";
    return url.includes("://") ? url : `https://${url}`;
  }
}

const provider = new WorkerUploadProvider();

/** The upload of a Worker with containers, which `cloudflare.WorkersScript` cannot express. */
export class WorkerUpload extends pulumi.dynamic.Resource {
  declare readonly scriptName: pulumi.Output<string>;
  declare readonly versionId: pulumi.Output<string>;
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, args: InputsOf<WorkerUploadInputs>, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, versionId: undefined, url: undefined }, opts, "talaria", "WorkerUpload");
  }
}

/** A sentence on a bot that does not run; undefined of one that does, or that does not say. */
async function restOf({ url, secrets }: WorkerUploadState): Promise<string | undefined> {
  const token = /^\{"current":"([^"]*)"/.exec(secrets.ADMIN_TOKEN ?? "")?.[1];
  if (url === "" || token === undefined) return undefined;
  const answer = await fetch(`${url}/api/status`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined); // a bot that cannot be asked is not said to sleep; converge finds out
  const status: unknown = answer?.ok ? await answer.json().catch(() => undefined) : undefined;
  const desired = typeof status === "object" && status !== null && "desired" in status ? status.desired : undefined;
  if (desired === "asleep") return "the bot is asleep: applies at next wake";
  return desired === "stopped" ? "the bot is stopped: applies at next wake" : undefined;
}

function script({ accountId, scriptName }: WorkerUploadInputs): string {
  return `/accounts/${accountId}/workers/scripts/${scriptName}`;
}

/** The upload answers with the version's id without hyphens. */
function toUuid(id: string): string {
  return id.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, "$1-$2-$3-$4-$5");
}

/** What the platform says of bindings and compatibility, in the form of the inputs. A secret's value cannot be read back. */
async function toState(settings: unknown, known: WorkerUploadInputs) {
  const { bindings, ...rest } = await readSettings(settings);
  const secretNames = bindings.filter(({ type }) => type === "secret_text").map(({ name }) => name);
  return {
    bindings: Object.fromEntries(
      bindings
        .filter(({ type }) => type !== "secret_text")
        .map((binding) => [binding.name, plainBinding(binding, known)]),
    ),
    secrets: Object.fromEntries(secretNames.map((name) => [name, known.secrets[name] ?? "set outside Pulumi"])),
    compatibilityDate: rest.compatibility_date ?? known.compatibilityDate,
    compatibilityFlags: rest.compatibility_flags ?? known.compatibilityFlags,
    tags: [...(rest.tags ?? [])].sort(),
  };
}

/** Keeps of an answered binding what is declared of it, so that ids that the platform adds are no drift. */
function plainBinding(found: Readonly<Record<string, unknown>>, known: WorkerUploadInputs): PlainBinding {
  const { name, ...rest } = found;
  const declared = known.bindings[String(name)];
  return partOf(rest, declared !== undefined && declared.type === rest.type ? declared : rest);
}

/** The fields of `found` that `declared` has, too; a number stays one, anything else is text. */
function partOf(found: Readonly<Record<string, unknown>>, declared: Readonly<Record<string, unknown>>): PlainBinding {
  const part = (value: unknown, wanted: unknown) =>
    typeof value === "object" && value !== null && typeof wanted === "object" && wanted !== null
      ? partOf({ ...value }, { ...wanted })
      : typeof value === "number" && typeof wanted === "number"
        ? value
        : String(value);
  return Object.fromEntries(
    Object.entries(declared).map(([key, wanted]) => [key, part(found[key], wanted)]),
  ) as PlainBinding;
}

async function readSettings(settings: unknown) {
  const { z } = await import("zod");
  return z
    .object({
      bindings: z.array(z.looseObject({ name: z.string(), type: z.string() })).default([]),
      compatibility_date: z.string().optional(),
      compatibility_flags: z.array(z.string()).optional(),
      tags: z.array(z.string()).nullish(),
    })
    .parse(settings);
}

/** A Worker that binds a Durable Object class of ours is one of ours, left by an `up` that did not finish. */
async function isOurs(settings: unknown, { bindings }: WorkerUploadInputs): Promise<boolean> {
  const found = (await readSettings(settings)).bindings;
  if (found.some(({ name }) => name === placeMark)) return true; // a place that was kept free for it
  return found.some(({ name, type }) => type === "durable_object_namespace" && bindings[name]?.type === type);
}

function overLimits({ bindings, secrets, texts: _modules }: WorkerUploadInputs): pulumi.dynamic.CheckFailure[] {
  const failures: pulumi.dynamic.CheckFailure[] = [];
  for (const [name, value] of Object.entries(secrets ?? {})) {
    const size = new TextEncoder().encode(value).length;
    if (size > limits.bytes) {
      failures.push({ property: "secrets", reason: `${name} has ${size} bytes; Cloudflare takes ${limits.bytes}.` });
    }
  }
  const count = Object.keys(bindings ?? {}).length + Object.keys(secrets ?? {}).length;
  if (count > limits.count) {
    failures.push({ property: "bindings", reason: `there are ${count} bindings; Cloudflare takes ${limits.count}.` });
  }
  return failures;
}

function occupied(name: string): string {
  return `a Worker ${name} exists in this account, and Talaria did not make it.
Delete it (npx wrangler delete --name ${name}), or deploy under another stack name.`;
}

function lost(name: string): string {
  return `this would delete the Worker ${name} and everything its Durable Objects store.
Undo the change of account, project or stack name, or order it: pulumi config set talaria:allowReplacement true`;
}
