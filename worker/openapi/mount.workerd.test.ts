/** The table of routes as it is served. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../app.ts";
import type { Env } from "../env.ts";
import { routes, served } from "../routes/table.ts";

const secret = (current: string) => JSON.stringify({ current });
const bindings = {
  ...(env as Env),
  ADMIN_TOKEN: secret("admin-token-0123456789"),
  CLIENT_TOKEN: secret("client-token-0123456789"),
};

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: "Bearer admin-token-0123456789", ...init.headers };
  return Promise.resolve(app.fetch(new Request(`https://bot.example${path}`, { ...init, headers }), bindings));
}
const errorOf = async (answer: Response) =>
  ((await answer.json()) as { error: { code: string; message: string } }).error;
/** A path with something in the place of each parameter. */
const filled = (path: string) => path.replaceAll("{run}", "export-0a").replaceAll(/\{\w+\}/g, "x");
const paths = [...new Set(served.flatMap(({ path, also }) => [path, ...also]))];

describe("the table of routes", () => {
  it("is what `GET /` lists and what the document tells, each with its other names", async () => {
    const listed = (await (await ask("/")).json()) as { routes: Record<string, string> };
    const { paths: told } = (await (await ask("/openapi.json")).json()) as { paths: Record<string, object> };
    for (const { method, path, also } of routes) {
      expect(listed.routes[`${method.toUpperCase()} ${path}`]).toEqual(expect.stringContaining(also.join(", ")));
      for (const name of [path, ...also]) expect(told[name]).toHaveProperty(method);
    }
    expect(Object.keys(listed.routes)).toHaveLength(routes.length + 2); // and /v1/*, /dashboard/*
  });

  it("names no operation twice", () => {
    const ids = routes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("puts each route behind the door of its place", () => {
    const places = { api: "operator", console: "operator", v1: "client", slack: "slack" };
    const place = (path: string) =>
      Object.entries(places).find(([top]) => `${path}/`.startsWith(`/${top}/`))?.[1] ?? "anyone";
    const doors = routes.flatMap(({ path, also, door }) => [path, ...also].map((name) => [name, door]));
    expect(doors).toEqual(doors.map(([name = ""]) => [name, place(name)]));
  });

  // Whoever Slack's signature does not let in learns nothing of a path.
  it.each(paths.filter((path) => !path.startsWith("/slack/")))(
    "says of %s which methods it takes, and answers 405 to another",
    async (path) => {
      const options = await ask(filled(path), { method: "OPTIONS" });
      const allow = options.headers.get("allow");
      const methods = served.filter((route) => [route.path, ...route.also].includes(path)).map(({ method }) => method);
      expect([options.status, allow?.split(", ").includes("OPTIONS")]).toEqual([204, true]);
      expect(allow?.split(", ").filter((one) => !["HEAD", "OPTIONS"].includes(one))).toEqual(
        methods.map((method) => method.toUpperCase()).sort(),
      );
      const refused = await ask(filled(path), { method: "PATCH" });
      expect([refused.status, refused.headers.get("allow")]).toEqual([405, allow]);
      expect(await errorOf(refused)).toMatchObject({ code: "methodNotAllowed" });
    },
  );

  it("answers a HEAD as the GET, without a body", async () => {
    const answer = await ask("/api/status", { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
      200,
      "application/json",
      "",
    ]);
  });

  it("keeps methods, too, from whoever holds no token", async () => {
    const headers = { authorization: "Bearer nonsense-0123456789" };
    for (const method of ["OPTIONS", "PATCH", "HEAD"]) {
      expect((await ask("/api/status", { method, headers })).status).toBe(401);
    }
  });
});

describe("what is asked", () => {
  it("is refused with the field that is wrong", async () => {
    for (const [path, field] of [
      ["/api/logs?tail=x", "tail"],
      ["/api/logs?source=moon", "source"],
      ["/api/snapshots/diff?from=abcdef", "to"],
    ] as const) {
      const answer = await ask(path);
      expect([answer.status, (await errorOf(answer)).message]).toEqual([400, expect.stringContaining(field)]);
    }
  });

  it.each(["{", "[]", "null", '{"force":1,"mode":"merge"}', "\u0000"])("is refused as the body %j", async (body) => {
    const answer = await ask("/api/import", { method: "POST", body });
    expect([answer.status, (await errorOf(answer)).code]).toEqual([400, "badRequest"]);
  });

  it("may be an empty body where every field has a default", async () => {
    expect((await errorOf(await ask("/api/import", { method: "POST" }))).code).toBe("importMode");
  });

  it("is read as JSON up to a limit, also where its length is not told", async () => {
    const body = new Blob([`{"mode":"${"x".repeat(200_000)}"}`]).stream();
    expect((await ask("/api/import", { method: "POST", body })).status).toBe(413);
  });

  it("is unknown where a path's parameter has another form", async () => {
    const answer = await ask("/api/exec/sessions/a%20b/list");
    expect([answer.status, (await errorOf(answer)).code]).toEqual([404, "unknownPath"]);
  });
});
