/** Cloudflare Access before a Worker on workers.dev: whether it may come first, and whom it lets through. */
import { z } from "zod";
import type { ApiError } from "../../../infra/cloudflare/api.ts";
import { workerUrl } from "../fixture.ts";
import { differs, holds, type Point } from "../point.ts";
import { type Smoke, until } from "../smoke.ts";
import type { Transcript } from "../transcript.ts";

const access = "/accounts/:account/access";
/** A path of the fixture that no other point asks for. */
const path = "access";

/** The stack puts an empty Worker there first, in case it must. */
export const gateBeforeWorker: Point = {
  id: "access-first",
  question: "Is an Access application on workers.dev refused while there is no such Worker?",
  relied: false,
  needs: ["permission-access"],
  async ask(smoke) {
    const name = `${smoke.names.access}-first`;
    try {
      await makeApplication(smoke, name, `${name}.${await subdomain(smoke)}/${path}`, []);
    } catch (error) {
      const { status, codes, message } = error as ApiError;
      if (status === 403 || status === 401) throw error;
      return holds(`Status ${status}, codes ${codes.join(", ")}: ${message.split("\n")[0]}`);
    }
    return differs("It was created: the empty Worker could be left out.");
  },
};

/** What `talaria:access` stands on. */
export const gate: Point = {
  id: "access",
  question:
    "Does an Access application shut one path of a Worker on workers.dev to all but a service token, and hand its assertion on?",
  needs: ["permission-access", "answers"],
  async ask(smoke) {
    const { names, transcript } = smoke;
    const token = await makeServiceToken(smoke);
    const include = [{ service_token: { token_id: token.id } }];
    const policy = idIn(await make(smoke, "policies", names.access, { decision: "non_identity", include }));
    const host = `${names.worker}.${await subdomain(smoke)}`;
    await makeApplication(smoke, names.access, `${host}/${path}`, [{ id: policy, precedence: 1 }]);
    transcript.hide(token.client_secret);

    const shut = await until(smoke, 120, async () => {
      const { status } = await knock(smoke, path);
      return status === 200 ? undefined : status;
    });
    if (shut === undefined) return differs("The path is still open to anyone after two minutes.");
    const headers = { "cf-access-client-id": token.client_id, "cf-access-client-secret": token.client_secret };
    const passed = await until(smoke, 60, async () => {
      const answer = await knock(smoke, path, headers);
      return answer.status === 200 ? answer : undefined;
    });
    if (passed === undefined) return differs("The service token does not get through within a minute.");
    const beside = await knock(smoke, "state");
    const seen = `Without it ${shut.seen} (shut after ${shut.after} s), with it ${passed.seen.status}, ${passed.seen.asserted ? "and" : "but no"} assertion; another path answers ${beside.status}.`;
    return passed.seen.asserted && beside.status === 200 ? holds(seen) : differs(seen);
  },
};

const serviceTokenSchema = z.object({ id: z.string(), client_id: z.string(), client_secret: z.string() });

async function makeServiceToken(smoke: Smoke) {
  const answer = await make(smoke, "service_tokens", smoke.names.access, { duration: "8760h" });
  return serviceTokenSchema.parse(answer);
}

function makeApplication(smoke: Smoke, name: string, uri: string, policies: readonly object[]): Promise<unknown> {
  const destinations = [{ type: "public", uri }];
  return make(smoke, "apps", name, { type: "self_hosted", destinations, policies, session_duration: "24h" });
}

/** Makes something of Access that the ledger finds by its name. */
async function make(smoke: Smoke, kind: "apps" | "policies" | "service_tokens", name: string, body: object) {
  smoke.ledger.expect({ what: `Access ${kind} ${name}`, find: (transcript) => find(transcript, kind, name) });
  return smoke.transcript.call("POST", `${access}/${kind}`, { json: { name, ...body } });
}

const listSchema = z.array(z.object({ id: z.string(), name: z.string().optional() }));

async function find(transcript: Transcript, kind: string, name: string): Promise<string | undefined> {
  const all = listSchema.parse((await transcript.call("GET", `${access}/${kind}?per_page=1000`)) ?? []);
  const found = all.find((one) => one.name === name);
  return found && `${access}/${kind}/${found.id}`;
}

/** Where the account's Workers are. */
async function subdomain({ transcript }: Smoke): Promise<string> {
  const answer = await transcript.call("GET", "/accounts/:account/workers/subdomain");
  return `${z.object({ subdomain: z.string() }).parse(answer).subdomain}.workers.dev`;
}

function idIn(answer: unknown): string {
  return z.object({ id: z.string() }).parse(answer).id;
}

/** Asks the fixture with its own key; `asserted`: Access said who comes. */
async function knock(smoke: Smoke, where: string, headers: Readonly<Record<string, string>> = {}) {
  const url = await workerUrl(smoke);
  if (url === undefined) throw new Error("the platform names no address of the Worker");
  const answer = await fetch(`${new URL(url).origin}/${where}`, {
    headers: { "x-smoke-key": smoke.fixtureKey, ...headers },
    redirect: "manual",
    signal: AbortSignal.any([smoke.signal, AbortSignal.timeout(60_000)]),
  });
  const text = await answer.text();
  const asserted = answer.status === 200 && z.object({ asserted: z.boolean() }).parse(JSON.parse(text)).asserted;
  return { status: answer.status, asserted };
}
