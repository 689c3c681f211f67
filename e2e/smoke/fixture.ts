/** The uploaded fixture: its form, its application, its address, and what it says. */
import type { ApplicationCreateParams } from "cloudflare/resources/containers/applications/applications";
import { z } from "zod";
import { type Bundle, bundleWorker } from "../../infra/bundle.ts";
import { unlessGone } from "../../infra/cloudflare/api.ts";
import { uploadForm } from "../../infra/cloudflare/workerForm.ts";
import { checkout } from "../../local/paths.ts";
import { compatibility } from "../../worker/bindings.ts";
import type { Smoke } from "./smoke.ts";
import type { Transcript } from "./transcript.ts";

/** Class of the fixture that owns the container. */
export const className = "SmokeBox";

/** Path of the run's Worker. */
export const scriptPath = ({ names }: Smoke): string => `/accounts/:account/workers/scripts/${names.worker}`;
/** Path of all container applications. */
export const applicationsPath = "/accounts/:account/containers/applications";

/** Bundles the fixture with the bundler of the stack. */
export function bundleFixture(): Promise<Bundle> {
  return bundleWorker("e2e/smoke/fixtures/worker.mjs", checkout);
}

/** Uploads the fixture in the form of the stack's own Worker; the live version's id. */
export async function upload(smoke: Smoke): Promise<string> {
  const { names, transcript, fixtureKey } = smoke;
  transcript.hide(fixtureKey);
  const form = uploadForm(await bundleFixture(), {
    bindings: { BOX: { type: "durable_object_namespace", class_name: className } },
    secrets: { SMOKE_KEY: fixtureKey },
    classes: { [className]: names.application },
    compatibilityDate: compatibility.date,
    compatibilityFlags: compatibility.flags,
    tags: [],
    texts: {},
  });
  smoke.ledger.expect({ what: `Worker ${names.worker}`, find: worker(names.worker) });
  const result = await transcript.call("PUT", `${scriptPath(smoke)}?excludeScript=true&bindings_inherit=strict`, {
    form,
  });
  const { deployment_id } = z.object({ deployment_id: z.string() }).parse(result);
  return deployment_id.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, "$1-$2-$3-$4-$5");
}

/** Finds a Worker for the ledger. */
export function worker(name: string): (transcript: Transcript) => Promise<string | undefined> {
  const path = `/accounts/:account/workers/scripts/${name}`;
  return async (transcript) =>
    (await unlessGone(transcript.call("GET", `${path}/settings`))) === undefined ? undefined : `${path}?force=true`;
}

/** Version that serves the fixture, as the stack reads it. */
export async function liveVersion(smoke: Smoke): Promise<string | undefined> {
  const answer = await smoke.transcript.call("GET", `${scriptPath(smoke)}/deployments`);
  const shape = z.object({
    deployments: z.array(z.object({ versions: z.array(z.object({ version_id: z.string() })) })),
  });
  return shape.parse(answer).deployments[0]?.versions[0]?.version_id;
}

/** Names of the fixture's bindings. */
export async function bindingNames(smoke: Smoke): Promise<string[]> {
  const settings = await smoke.transcript.call("GET", `${scriptPath(smoke)}/settings`);
  return z
    .object({ bindings: z.array(z.object({ name: z.string() })) })
    .parse(settings)
    .bindings.map(({ name }) => name);
}

type ApplicationRequest = Omit<ApplicationCreateParams.CcContainersCreateScheduledApplicationRequest, "account_id">;

/** Asks for an application as the stack does, of the smallest size. */
export async function createApplication(smoke: Smoke, name: string): Promise<unknown> {
  smoke.ledger.expect({ what: `container application ${name}`, find: application(name) });
  const json: ApplicationRequest = {
    name,
    scheduling_policy: "default",
    instances: 0,
    max_instances: 2,
    configuration: { image: smoke.settings.images.first, instance_type: "lite" },
    observability: { logs: { enabled: true } },
    durable_objects: { script_name: smoke.names.worker, class_name: className },
    rollout_active_grace_period: 0,
  };
  return smoke.transcript.call("POST", applicationsPath, { json });
}

/** Finds an application for the ledger, by its name as the stack does. */
export function application(name: string): (transcript: Transcript) => Promise<string | undefined> {
  return async (transcript) => {
    const answer = await transcript.call("GET", `${applicationsPath}?name=${encodeURIComponent(name)}`);
    const found = z.array(z.object({ id: z.string(), name: z.string() })).parse(answer ?? []);
    const one = found.find((other) => other.name === name);
    return one && `${applicationsPath}/${one.id}`;
  };
}

/** Path of the run's application. */
export async function applicationPath(smoke: Smoke): Promise<string> {
  const path = await application(smoke.names.application)(smoke.transcript);
  if (path === undefined) throw new Error(`the application ${smoke.names.application} is not listed by its name`);
  return path;
}

/** Where the fixture answers; undefined while the platform names no address. */
export async function workerUrl({ names, transcript }: Smoke): Promise<string | undefined> {
  const answer = await transcript.call("GET", `/accounts/:account/workers/workers/${names.worker}`);
  const { url } = z.object({ subdomain: z.object({ url: z.string().optional() }) }).parse(answer).subdomain;
  return url === undefined || url.includes("://") ? url : `https://${url}`;
}

/** What the fixture answered. */
export interface Said {
  readonly status: number;
  readonly running: boolean | undefined;
  readonly text: string;
}

/** Calls the fixture. @param what `start`, `destroy` or `state` */
export async function tell(smoke: Smoke, what: string, key = smoke.fixtureKey): Promise<Said> {
  const url = await workerUrl(smoke);
  if (url === undefined) throw new Error("the platform names no address of the Worker");
  const began = performance.now();
  const where = `${new URL(url).origin}/${what}`;
  const noted = (outcome: string) =>
    smoke.transcript.note("GET", where, outcome, Math.round(performance.now() - began));
  try {
    const response = await fetch(where, {
      headers: { "x-smoke-key": key },
      signal: AbortSignal.any([smoke.signal, AbortSignal.timeout(60_000)]),
    });
    const text = await response.text();
    noted(String(response.status));
    const shape = z.object({ running: z.boolean() });
    const running = response.ok ? shape.safeParse(JSON.parse(text)).data?.running : undefined;
    return { status: response.status, running, text: text.slice(0, 300) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    noted(reason);
    return { status: 0, running: undefined, text: reason };
  }
}

/** A container as the platform lists it. */
export interface Instance {
  readonly id: string;
  readonly image: string | undefined;
  readonly state: string | undefined;
}

/** Containers of the run's application. */
export async function instances(smoke: Smoke): Promise<Instance[]> {
  const answer = await smoke.transcript.call("GET", `${await applicationPath(smoke)}/instances-v2`);
  const one = z.object({
    id: z.string(),
    image: z.string().optional(),
    status: z.object({ state: z.string() }).optional(),
  });
  return z
    .array(one)
    .parse(answer ?? [])
    .map(({ id, image, status }) => ({ id, image, state: status?.state }));
}
