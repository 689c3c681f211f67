/** The image registry: a login, and whether a token that may do nothing but containers is enough for a push. */
import { z } from "zod";
import { unlessGone } from "../../../infra/cloudflare/api.ts";
import { differs, holds, type Point, undecided } from "../point.ts";
import { type Smoke, until } from "../smoke.ts";
import type { Transcript } from "../transcript.ts";

const loginSchema = z.object({ registry_host: z.string(), username: z.string(), password: z.string() });
type Login = z.infer<typeof loginSchema>;

/** Which permission group the narrow token gets. */
const containersWrite = "Workers Containers Write";

/** The stack's own token gets a login. */
export const registryLogin: Point = {
  id: "registry-login",
  question: "Does the registry's credentials call answer a login for pushing and pulling?",
  needs: ["permission-containers"],
  async ask(smoke) {
    const { registry_host, username } = await login(smoke);
    return holds(`It answers a login of user ${username} at ${registry_host}.`);
  },
};

/** A token with one permission gets a login that may push. */
export const narrowPush: Point = {
  id: "narrow-push",
  question: `Is ${containersWrite} alone enough for a login, and may that login push?`,
  needs: ["registry-login", "permission-tokens"],
  async ask(smoke) {
    const token = await makeToken(smoke);
    const got = await until(smoke, 60, () => login(smoke, token).catch(refused)); // a new token takes a moment
    if (got === undefined) return differs(`A token with ${containersWrite} alone gets no login within a minute.`);
    const { registryUrl } = smoke.settings;
    if (registryUrl === undefined) {
      return undecided("It gets a login; there is no registry beside this API. Name one: CLOUDFLARE_REGISTRY_URL");
    }
    const status = await beginPush(smoke, registryUrl, got.seen);
    return status === 202
      ? holds("It gets a login, and the registry accepts the beginning of a push (given up at once).")
      : differs(`It gets a login, but the registry answers ${status} to the beginning of a push.`);
  },
};

async function login({ transcript }: Smoke, token?: string): Promise<Login> {
  const path = "/accounts/:account/containers/registries/registry.cloudflare.com/credentials";
  const json = { expiration_minutes: 5, permissions: ["push", "pull"] };
  const answer = await transcript.call("POST", path, { json }, token);
  const found = loginSchema.parse(answer);
  transcript.hide(found.password);
  return found;
}

/** Only a refusal of the token is waited out. */
function refused(error: unknown): undefined {
  const { status } = error as { status?: number };
  if (status !== 401 && status !== 403) throw error;
  return undefined;
}

async function makeToken({ transcript, ledger, names, settings }: Smoke): Promise<string> {
  const groups = await transcript.call(
    "GET",
    `/accounts/:account/tokens/permission_groups?name=${encodeURIComponent(containersWrite)}`,
  );
  const group = z
    .array(z.object({ id: z.string(), name: z.string() }))
    .parse(groups)
    .find(({ name }) => name === containersWrite);
  if (group === undefined) throw new Error(`the API lists no permission group "${containersWrite}"`);
  let known: string | undefined;
  ledger.expect({ what: `account API token ${names.token}`, find: (calls) => findToken(calls, names.token, known) });
  const resources = { [`com.cloudflare.api.account.${settings.accountId}`]: "*" };
  const json = {
    name: names.token,
    expires_on: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, "Z"),
    policies: [{ effect: "allow", permission_groups: [{ id: group.id }], resources }],
  };
  const made = await transcript.call("POST", tokens, { json });
  const { id, value } = z.object({ id: z.string(), value: z.string() }).parse(made);
  known = id;
  transcript.hide(value);
  return value;
}

const tokens = "/accounts/:account/tokens";

/** By its id; by its name if an interrupt came before the id did. */
async function findToken(calls: Transcript, wanted: string, id: string | undefined): Promise<string | undefined> {
  if (id !== undefined) {
    const found = await unlessGone(calls.call("GET", `${tokens}/${id}`));
    return found === undefined ? undefined : `${tokens}/${id}`;
  }
  const listed = await calls.call("GET", `${tokens}?per_page=50&direction=desc`);
  const found = z.array(z.object({ id: z.string(), name: z.string() })).parse(listed);
  const one = found.find(({ name }) => name === wanted);
  return one && `${tokens}/${one.id}`;
}

/** Opens an upload and gives it up: nothing is stored. Answers the status of the opening. */
async function beginPush({ transcript, settings, signal }: Smoke, base: string, { username, password }: Login) {
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  transcript.hide(basic);
  const request = async (method: string, url: string) => {
    const began = performance.now();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const response = await fetch(url, { method, headers: { authorization: `Basic ${basic}` }, signal: limit });
    await response.body?.cancel();
    transcript.note(method, new URL(url).pathname, String(response.status), Math.round(performance.now() - began));
    return response;
  };
  const opened = await request("POST", `${base}/v2/${settings.accountId}/talaria-smoke/blobs/uploads/`);
  const location = opened.headers.get("location");
  if (opened.status === 202 && location !== null) {
    const session = new URL(location, base);
    if (session.origin === new URL(base).origin) await request("DELETE", session.href);
  }
  return opened.status;
}
