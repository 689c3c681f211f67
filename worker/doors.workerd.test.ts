/** Who may call what: every route of the app, by every kind of caller. A route that none of the lines below decides fails. */
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { app } from "./app.ts";
import { digestOf } from "./auth/digest.ts";
import type { Env } from "./env.ts";
import { BotError } from "./errors.ts";
import { AccessIssuer, aKey } from "./testing/accessIssuer.ts";
import { adminToken, ask, declare, loggedIn, origin, secrets, stackToken } from "./testing/askTheDoor.ts";
import { clock } from "./testing/testWorker.ts";

type Door = "anyone" | "operator" | "client" | "slack" | "login" | "logout";

/** The decisions, by path; the first line that fits counts. */
const decisions: readonly (readonly [RegExp, Door])[] = [
  [/^\/(health|openapi\.json)?$/, "anyone"],
  [/^\/login$/, "login"],
  [/^\/logout$/, "logout"],
  [/^\/api\//, "operator"],
  [/^\/dashboard(\/|$)/, "operator"],
  [/^\/console(\/|$)/, "operator"],
  [/^\/v1\//, "client"],
  [/^\/slack\//, "slack"],
];

/** Callers: what each sends, and which doors it opens; elsewhere the answer has that status. */
interface CallerKind {
  readonly headers: Record<string, string>;
  readonly opens: readonly Door[];
  readonly operator: number;
  readonly client: number;
}

const namedToken = `talaria-client-${"n".repeat(43)}`;
const expiredToken = `talaria-client-${"e".repeat(43)}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const assertion = (jwt: string) => ({ "cf-access-jwt-assertion": jwt });

async function callers(issuer: AccessIssuer): Promise<Record<string, CallerKind>> {
  const refused = { opens: [], operator: 401, client: 401 };
  const [, payload] = (await issuer.assertion()).split(".");
  const unsigned = btoa(JSON.stringify({ alg: "none", kid: issuer.keys[0]?.kid })).replaceAll("=", "");
  const session = { cookie: await loggedIn(origin, { bindings: everything }), origin };
  return {
    none: { headers: {}, ...refused },
    "wrong token": { headers: bearer("talaria-admin-0123456789"), ...refused },
    "wrong client token": { headers: bearer(`talaria-client-${"w".repeat(43)}`), ...refused },
    "stack's client": { headers: bearer(stackToken), opens: ["client"], operator: 403, client: 0 },
    "named client": { headers: bearer(namedToken), opens: ["client"], operator: 401, client: 0 },
    "expired client": { headers: bearer(expiredToken), ...refused },
    "operator by token": { headers: bearer(adminToken), opens: ["operator"], operator: 0, client: 403 },
    "operator by Access": {
      headers: assertion(await issuer.assertion()),
      ...{ opens: ["operator"], operator: 0, client: 401 },
    },
    "operator by session": { headers: session, opens: ["operator"], operator: 0, client: 401 },
    "session, foreign page": {
      headers: { ...session, origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      ...{ opens: [], operator: 403, client: 401 },
    },
    "expired assertion": { headers: assertion(await issuer.assertion({ expiresIn: -60 })), ...refused },
    "wrong audience": { headers: assertion(await issuer.assertion({ aud: ["another"] })), ...refused },
    "wrong key": { headers: assertion(await issuer.assertion({ key: await aKey() })), ...refused },
    "alg none": { headers: assertion(`${unsigned}.${payload}.`), ...refused },
  };
}

/** An Agent that answers all that is asked, so that a door that is open shows by no status of a door. */
const stub = (env as Env).AGENT.get((env as Env).AGENT.idFromName("doors"));
/** What the console, and `config`, show. */
const told = ["status", "alarms", "snapshots", "logs", "tokens", "secretAges", "config"];
const callersOf = ["clientToken", "addToken", "beginSession", "session"];
const anAgent = new Proxy(stub, {
  get: (target, name) => {
    if (typeof name === "string" && callersOf.includes(name)) return Reflect.get(target, name);
    if (name === "fetch") return async () => new Response("from Hermes");
    if (typeof name === "string" && told.includes(name)) return Reflect.get(target, name);
    return async () => ({ problem: { code: "runUnknown", details: { run: "x" } } });
  },
});
const fakes = {
  AGENT: { idFromName: (name: string) => name, get: () => anAgent },
  CARE_BOX: { idFromName: (name: string) => name, get: () => ({ fetch: async () => new Response("from a box") }) },
};
const everything = { ...secrets, OPERATOR_SLACK_SIGNING_SECRET: "0".repeat(32), ...fakes };

interface Route {
  readonly method: string;
  readonly path: string;
  readonly door: Door | undefined;
}

/** Every route once; what is no route but stands before many has a star in its path. */
function routes(): Route[] {
  const middleware = (path: string) => path.endsWith("*") && !path.startsWith("/v1/") && !path.startsWith("/dashboard");
  const known = new Map<string, Route>();
  for (const { method, path } of app.routes) {
    if (middleware(path)) continue;
    for (const verb of method === "ALL" ? ["GET", "POST"] : [method]) {
      const key = `${verb} ${path}`;
      known.set(key, { method: verb, path, door: decisions.find(([line]) => line.test(path))?.[1] });
    }
  }
  return [...known.values()];
}

/** A path that a pattern of Hono takes. */
function example(pattern: string): string {
  const run = /(export|import)-/.exec(pattern)?.[0] ?? "";
  return pattern
    .replace(/:what\{input\|window\}/, "input")
    .replace(/:\w+(\{[^/]*\})?/g, `${run}0a`)
    .replaceAll("*", "x");
}

async function statusOf({ method, path }: Route, headers: Record<string, string>, bindings: object): Promise<number> {
  const answer = await ask(example(path), { method, headers, bindings });
  await answer.body?.cancel();
  return answer.status;
}

/** Every route by every caller: what is not as expected, a line each. */
async function unexpected(
  kinds: Record<string, CallerKind>,
  bindings: object,
  isRight: (route: Route, kind: CallerKind, status: number) => boolean,
): Promise<string[]> {
  const lines: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {}); // each refusal is logged
  onTestFinished(() => warn.mockRestore());
  for (const [caller, kind] of Object.entries(kinds)) {
    for (const route of routes()) {
      const status = await statusOf(route, kind.headers, bindings);
      const { method, path, door } = route;
      if (!isRight(route, kind, status)) lines.push(`${method} ${path} (${door}) × ${caller}: ${status}`);
    }
  }
  return lines;
}

/** Past the door, whatever came of it. */
const isLetIn = (status: number) => ![401, 403, 429].includes(status) && status < 500;

/** Some thousand requests, on a busy machine. */
const timeout = 60_000;

describe("the doors", () => {
  it("have a decision for every route", () => {
    expect(routes().length).toBeGreaterThan(20);
    expect(routes().filter(({ door }) => door === undefined)).toEqual([]);
  });

  it("open for those whom they are meant for, and for nobody else", { timeout }, async () => {
    const issuer = await AccessIssuer.start();
    const operatorBot = { allowedUsers: ["U0OPERATOR"], slackApi: "https://slack.com/api" };
    declare({ access: { issuer: issuer.issuer, audiences: ["the-bot"] }, operatorBot });
    await stub.addToken("named", await digestOf(namedToken), null);
    await stub.addToken("expired", await digestOf(expiredToken), 1);
    clock.aheadMs = 2_000;
    const found = await unexpected(await callers(issuer), everything, ({ door }, { opens, ...refusals }, status) => {
      if ((door === "operator" || door === "client") && !opens.includes(door)) return status === refusals[door];
      // Whom Slack's signature lets in, the tests of that door show.
      if (door === "slack") return status === 401;
      // These two have rules of their own, which their own tests show.
      return door === "login" || door === "logout" ? status < 500 : isLetIn(status);
    });
    clock.aheadMs = 0;
    expect(found).toEqual([]);
  });

  it("stay shut with 503 where no credential is configured, whatever is sent (I10)", { timeout }, async () => {
    const issuer = await AccessIssuer.start();
    const found = await unexpected(await callers(issuer), fakes, ({ door }, _kind, status) =>
      door === "anyone" ? isLetIn(status) : status === 503 || (door !== "operator" && door !== "client"),
    );
    expect(found).toEqual([]);
  });

  it("open to no assertion where Access is not declared", async () => {
    const issuer = await AccessIssuer.start();
    const answer = await ask("/api/status", { headers: assertion(await issuer.assertion()) });
    expect([answer.status, issuer.asked]).toEqual([401, 0]);
  });

  it("say that Access' keys cannot be had, and still take the admin token", async () => {
    const issuer = await AccessIssuer.start();
    issuer.failing = () => new Response("down", { status: 500 });
    declare({ access: { issuer: issuer.issuer, audiences: ["the-bot"] } });
    const headers = assertion(await issuer.assertion());
    expect((await ask("/api/status", { headers })).status).toBe(503);
    expect((await ask("/api/status", { headers, token: adminToken })).status).toBe(200);
  });

  it("ask Access for where a page comes from, since a browser adds that proof by itself", async () => {
    const issuer = await AccessIssuer.start();
    declare({ access: { issuer: issuer.issuer, audiences: ["the-bot"] } });
    const headers = { ...assertion(await issuer.assertion()), origin: "https://evil.example" };
    const answer = await ask("/api/import", { method: "POST", headers });
    expect([answer.status, new BotError("foreignOrigin").status]).toEqual([403, 403]);
  });
});
