import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "../app.ts";
import type { Env } from "../env.ts";
import { portHeader, unreachableHeader } from "../sandbox/reachableBox.ts";

const secret = (current: string) => JSON.stringify({ current });
const tokens = { ADMIN_TOKEN: secret("admin-token-0123456789"), CLIENT_TOKEN: secret("client-token-0123456789") };

type Answer = (request: Request) => Response | Promise<Response>;

/** Asks the front door; the box of imports answers as told. */
function ask(path: string, init: RequestInit, box: Answer = () => new Response(), token = "admin-token-0123456789") {
  const named: string[] = [];
  const CARE_BOX = {
    idFromName: (name: string) => void named.push(name),
    get: () => ({ fetch: async (request: Request) => box(request) }),
  };
  const bindings = { AGENT: (env as Env).AGENT, CARE_BOX, ...tokens } as unknown as Env;
  const request = new Request(`https://bot.example${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });
  return { named, answer: Promise.resolve(app.fetch(request, bindings)) };
}

const put = (box: Answer, body: BodyInit = "an archive") => ask("/api/imports/import-00", { method: "PUT", body }, box);
const errorOf = async (answer: Response) =>
  ((await answer.json()) as { error: { code: string; message: string } }).error;

describe("an import's begin", () => {
  const post = (body: object, token?: string) =>
    ask("/api/import", { method: "POST", body: JSON.stringify(body) }, undefined, token).answer;

  it("is the operator's alone", async () => {
    expect((await post({ mode: "merge" }, "client-token-0123456789")).status).toBe(403);
    expect((await post({ mode: "merge" }, "wrong-token-0123456789")).status).toBe(401);
  });

  it("takes the mode and force, and answers with the run", async () => {
    const answer = await post({ mode: "replace", force: true });
    expect([answer.status, await answer.json()]).toEqual([202, { run: "import-f0", before: "a", onto: null }]);
    expect(await (await post({ mode: "merge" })).json()).toMatchObject({ run: "import-00", onto: "a" });
  });

  it("passes on that a mode is wanted, and knows no other", async () => {
    const answer = await post({});
    expect([answer.status, (await errorOf(answer)).code]).toEqual([409, "importMode"]);
    expect((await post({ mode: "both" })).status).toBe(400);
  });
});

describe("an import's archive", () => {
  it("goes to the run's port as it comes, whatever its length, and what arrived is told", async () => {
    const size = 3_000_000;
    const seen: object[] = [];
    const box: Answer = async (request) => {
      const { pathname } = new URL(request.url);
      const { byteLength } = await request.arrayBuffer();
      seen.push({ method: request.method, pathname, port: request.headers.get(portHeader), byteLength });
      return Response.json({ bytes: byteLength, sha256: "ab" });
    };
    const sent = put(box, new Blob([new Uint8Array(size)]).stream());
    expect(await (await sent.answer).json()).toEqual({ bytes: size, sha256: "ab" });
    expect(seen).toEqual([{ method: "PUT", pathname: "/import-00", port: "9119", byteLength: size }]);
    expect(new Set(sent.named)).toEqual(new Set(["import"]));
  });

  it.each([
    ["nothing waits", () => new Response("not listening", { status: 503, headers: { [unreachableHeader]: "1" } })],
    ["another run waits", () => new Response(null, { status: 404 })],
    ["it is too large", () => new Response(null, { status: 413 })],
    [
      "its connection breaks",
      () => {
        throw new Error("Network connection lost.");
      },
    ],
  ] satisfies [string, Answer][])("is refused with the reason where %s", async (_what, box) => {
    const answer = await put(box).answer;
    expect([answer.status, (await errorOf(answer)).code]).toEqual([409, "archiveRefused"]);
  });

  it("has no other door", async () => {
    expect((await ask("/api/imports/export-00", { method: "PUT", body: "x" }).answer).status).toBe(404);
    const refused = ask("/api/imports/import-00", { method: "PUT", body: "x" }, undefined, "client-token-0123456789");
    expect((await refused.answer).status).toBe(403);
  });
});
