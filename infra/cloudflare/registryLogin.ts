import * as pulumi from "@pulumi/pulumi";
import { type ApiError, type Connection, call } from "./api.ts";
import { CloudflareDynamicProvider, changedKeys, type InputsOf } from "./dynamicProvider.ts";
import { accepts, hasImage, type Registry } from "./registry.ts";

/** The push that a login is for. Another image or another build is another push. */
export interface RegistryLoginInputs {
  readonly accountId: string;
  /** Host of the registry. */
  readonly registry: string;
  /** Name and tag of the image. */
  readonly image: string;
  /** Everything that makes the image what it is. */
  readonly build: string;
}

/** A login as the state keeps it; it has expired long before anybody can make use of it. */
interface RegistryLoginState extends RegistryLoginInputs {
  readonly username: string;
  readonly password: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Whether the registry has been seen to hold the image. Until then the login may still be needed. */
  readonly arrived: boolean;
}

type Held = Pick<RegistryLoginState, "registry" | "username" | "password">;

/** How long a login is asked for: a build and a push may take that long. */
const minutes = 60;
/** Shorter ones would end during a check. */
const marginMs = 60_000;

/** What a push needs, in the dashboard's words. */
const permission = "Workers Containers: Edit";

/** Stands in place of a build whose image never arrived, so that the next `up` logs in again. */
const notPushed = "was not pushed";

class RegistryLoginProvider extends CloudflareDynamicProvider implements pulumi.dynamic.ResourceProvider {
  async diff(_id: string, olds: RegistryLoginState, news: RegistryLoginInputs): Promise<pulumi.dynamic.DiffResult> {
    return { changes: changedKeys({ ...olds }, { ...toInputs(news), ...textOf(news) }).length > 0 };
  }

  async create(inputs: RegistryLoginInputs): Promise<pulumi.dynamic.CreateResult> {
    return { id: inputs.image, outs: await logIn(this.connection, toInputs(inputs)) };
  }

  async update(_id: string, olds: RegistryLoginState, news: RegistryLoginInputs): Promise<pulumi.dynamic.UpdateResult> {
    const same = changedKeys({ ...olds }, { ...toInputs(news) }).length === 0;
    if (!same) return { outs: await logIn(this.connection, toInputs(news)) };
    const { username, password, expiresAt, arrived } = olds;
    return { outs: { ...toInputs(news), username, password, expiresAt, arrived } };
  }

  /** A push that an interrupted `up` never finished shows here; a registry that does not answer changes nothing. */
  async read(id: string, props: RegistryLoginState): Promise<pulumi.dynamic.ReadResult> {
    const inputs = toInputs(props);
    const arrived = props.arrived || (await seen(this.connection, props));
    if (arrived === undefined) return { id, props, inputs };
    const build = arrived ? props.build : notPushed;
    return { id, props: { ...props, arrived, build }, inputs: { ...inputs, build } };
  }
}

const provider = new RegistryLoginProvider();

/** A short-lived login to the registry of the account, asked for when an image has to be pushed and at no other time. */
export class RegistryLogin extends pulumi.dynamic.Resource {
  declare readonly username: pulumi.Output<string>;
  declare readonly password: pulumi.Output<string>;

  constructor(name: string, args: InputsOf<RegistryLoginInputs>, opts?: pulumi.CustomResourceOptions) {
    const computed = { username: undefined, password: undefined, expiresAt: undefined, arrived: undefined };
    const secret = { ...opts, additionalSecretOutputs: ["username", "password"] };
    super(provider, name, { ...args, ...computed }, secret, "talaria", "RegistryLogin");
  }
}

/** Asks for a login and tries it; one that is refused is asked for again, once. @throws Error naming image and permission */
async function logIn(connection: Connection, inputs: RegistryLoginInputs): Promise<RegistryLoginState> {
  let refusal = "";
  for (const _attempt of ["first", "renewed"]) {
    try {
      const login = await request(connection, inputs, ["push", "pull"]);
      if ((await accepts(toRegistry(login))) !== false) return { ...inputs, ...login, arrived: false };
      refusal = `${inputs.registry} refuses the login that Cloudflare gave for it`;
    } catch (error) {
      const { status } = error as Partial<ApiError>;
      if (status !== 401 && status !== 403) throw error;
      refusal = (error as ApiError).message.split("\n")[0] ?? "";
    }
  }
  throw new Error(
    `The image ${inputs.image} cannot be pushed: ${refusal} (asked twice).
The API token needs the permission "${permission}" on the account ${inputs.accountId}:
https://dash.cloudflare.com/profile/api-tokens`,
  );
}

/** Whether the image arrived; undefined when the registry cannot be asked, which the next look will mend. */
async function seen(connection: Connection, props: RegistryLoginState): Promise<boolean | undefined> {
  const [name, tag] = nameAndTag(props);
  try {
    const held = props.expiresAt > Date.now() + marginMs && (await accepts(toRegistry(props))) !== false;
    const login = held ? props : { ...props, ...(await request(connection, props, ["pull"])) };
    return await hasImage(toRegistry(login), name, tag);
  } catch {
    return undefined;
  }
}

async function request(
  connection: Connection,
  { accountId, registry }: RegistryLoginInputs,
  permissions: readonly string[],
): Promise<Pick<RegistryLoginState, "registry" | "username" | "password" | "expiresAt">> {
  const { z } = await import("zod");
  const path = `/accounts/${accountId}/containers/registries/registry.cloudflare.com/credentials`;
  const answer = await call(connection, "POST", path, { json: { expiration_minutes: minutes, permissions } });
  const given = z.object({ registry_host: z.string(), username: z.string(), password: z.string() }).parse(answer);
  if (given.registry_host !== registry) {
    throw new Error(
      `The registry of this account is ${given.registry_host}, not ${registry}. Set it:
pulumi config set talaria:imageRegistry ${given.registry_host}`,
    );
  }
  const expiresAt = Date.now() + minutes * 60_000;
  return { registry, username: given.username, password: given.password, expiresAt };
}

function toRegistry({ registry, username, password }: Held): Registry {
  return { host: registry, username, password };
}

/** `host/account/name:tag` → `account/name` and `tag`. */
function nameAndTag({ image, registry }: RegistryLoginInputs): readonly [string, string] {
  const rest = image.slice(registry.length + 1);
  const colon = rest.lastIndexOf(":");
  return [rest.slice(0, colon), rest.slice(colon + 1)];
}

function toInputs({ accountId, registry, image, build }: RegistryLoginInputs): RegistryLoginInputs {
  return { accountId, registry, image, build };
}

/** The provider's code as the engine keeps it; another text is a change in place that asks for nothing. */
function textOf(properties: object): { readonly __provider?: unknown } {
  return "__provider" in properties ? { __provider: properties.__provider } : {};
}
