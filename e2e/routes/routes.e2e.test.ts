/** What the bot says that it answers, held against what it answers: by schemathesis, by its predecessors' callers, by raw bytes. */
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sessionsSchema } from "../../cli/execApi.ts";
import { run } from "../../local/toolchain/run.ts";
import { type LocalSystem, startLocal } from "../harness.ts";
import { saying } from "../openaiClient.ts";
import { type RawRequest, rawRequest } from "./rawRequest.ts";
import { type Found, type Part, schemathesis } from "./schemathesis.ts";

let local: LocalSystem;

beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local?.stop());

const chat = (content: string) =>
  local.client("/v1/chat/completions", { method: "POST", body: JSON.stringify(saying(content)) });

describe("the OpenAPI document", () => {
  /** What was answered, once schemathesis has found nothing. */
  async function found(part: Omit<Part, "token"> & { readonly token?: string }): Promise<Found["answers"]> {
    const { code, output, answers } = await schemathesis(local.url, { token: local.adminToken, ...part });
    expect(code, output).toBe(0);
    return answers;
  }

  // Not of what Slack sends: nothing gets there that Slack has not signed, whatever its method.
  it("tells of every answer to whoever asks, and looks", async () => {
    const answers = await found({
      operations: [
        ...[
          "describe",
          "health",
          "document",
          "status.*",
          "logs.*",
          "slackManifest",
          "operatorManifest",
          "snapshots",
          "run",
          "archive",
        ],
        ...["sendArchive", "audit", "sessions", "list", "readFile", "writeFile", ".*Terminal", "type", "resize"],
        ...["tokens", "addToken", "rotateToken", "revokeToken", "endSessions", "loginForm", "logout", "console.*"],
      ],
      examples: 8,
      edges: true,
      workers: 2,
      fixed: { "query.wait": "0", "query.follow": "false" },
    });
    expect(answers["GET /api/status 200"]).toBeGreaterThan(0);
    expect(answers["GET /api/logs 400"]).toBeGreaterThan(0);
    expect(answers["PUT /api/imports/{run} 409"]).toBeGreaterThan(0);
  });

  it("tells of every answer to chats and of the models", async () => {
    const part = { operations: ["chat", "models"], examples: 12, edges: true, workers: 2 };
    const answers = await found({ ...part, token: local.clientToken });
    expect(answers["POST /v1/chat/completions 200"]).toBeGreaterThan(0);
    expect(answers["POST /v1/chat/completions 400"]).toBeGreaterThan(0);
  });

  it("tells of every answer to what is done in a session's sandbox", async () => {
    expect((await chat("RUN echo hello")).status).toBe(200);
    const { sessions } = sessionsSchema.parse(await (await local.api("/api/exec/sessions")).json());
    const answers = await found({
      operations: ["list", "readFile", "writeFile", "openTerminal", "readTerminal", "type", "resize", "endTerminal"],
      examples: 4,
      edges: false,
      workers: 1,
      fixed: { "path.session": sessions[0]?.session ?? "", "path.job": "stranger", "query.wait": "0" },
    });
    expect(answers["GET /api/exec/sessions/{session}/list 200"] ?? 0).toBeGreaterThan(0);
    expect(answers["PUT /api/exec/sessions/{session}/jobs/{job} 200"]).toBeGreaterThan(0);
  });

  it("tells of every answer to what changes the memory", async () => {
    await found({
      operations: ["snapshot", "diff", "restore", "rollback", "startFresh", "drill", "care", "export", "import"],
      examples: 3,
      edges: false,
      workers: 1,
    });
  });

  it("tells of every answer to starts and stops, by all of their names", async () => {
    const operations = ["wake.*", "restart.*", "drain", "converge", "stop.*"];
    const answers = await found({ operations, examples: 1, edges: false, workers: 1 });
    for (const name of ["restart", "instance/restart", "restart-gateway", "instance/restart-gateway", "kill"])
      expect(answers[`POST /api/${name} 200`]).toBe(1);
  });
});

describe("a predecessor's script", () => {
  const script = (name: string) =>
    run("sh", [path.join(import.meta.dirname, `${name}.sh`)], {
      env: { ...process.env, URL: local.url, TOKEN: local.adminToken, API_TOKEN: local.clientToken },
    });

  it("of hermes-flare runs through", async () => {
    const { code, stdout, stderr } = await script("hermes-flare");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/"container":"running","gateway_running":true,"pid":"/);
    expect(stdout).toMatch(/POST \/api\/kill\n\{"state":"ready"/);
    expect(stdout).toContain("display_information");
  });

  it("of hermesworkers runs through", async () => {
    const { code, stdout, stderr } = await script("hermesworkers");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/"content":\s*"echo: one"/);
    expect(stdout).toContain("data: [DONE]");
    expect(stdout).toMatch(/"content":\s*"echo: three"/);
  });
});

describe("bytes that no client sends", () => {
  const bearer = () => [`Authorization: Bearer ${local.clientToken}`];
  const get = (target: string, headers: readonly string[] = []): RawRequest => ({
    line: `GET ${target} HTTP/1.1`,
    headers,
  });

  it("are answered or cut off, never with a defect, and the bot goes on answering", async () => {
    const sized = [...bearer(), "Content-Length: 2"];
    const requests: readonly RawRequest[] = [
      ...["G3T", "X".repeat(500), "TRACE", "CONNECT", "QUERY"].map((method) => ({ line: `${method} / HTTP/1.1` })),
      ...["/\0", "/\xff\xfe", "//", "/%", "/%00", `/${"a".repeat(16_384)}`, "http://evil.example/", "*"].map((target) =>
        get(target),
      ),
      ...["/v1/../api/status", "/v1/%2e%2e/api/status", "/v1//models", "/v1/%00"].map((target) =>
        get(target, bearer()),
      ),
      ...["x: a\0b", "x: \xc3\xbc", `x: ${"a".repeat(16_384)}`, `x: ${"a".repeat(200_000)}`, "x: a\r\n folded"].map(
        (header) => get("/health", [header]),
      ),
      get("/health", ["Content-Length: 2", "Content-Length: 3"]),
      get("/health", ["Transfer-Encoding: chunked", "Content-Length: 5"]),
      get("/health", ["Upgrade: h2c", "HTTP2-Settings: AA"]),
      ...["GET", "HEAD", "PATCH", "OPTIONS"].map((method) => ({
        line: `${method} /v1/chat/completions HTTP/1.1`,
        headers: sized,
        body: "{}",
      })),
      { line: "GET /v1/models HTTP/1.1", headers: sized, body: "{}" },
      { line: "\x16\x03\x01\x02" },
    ];
    for (const request of requests) {
      const status = await rawRequest(local.url, request);
      expect([request.line.slice(0, 60), status !== undefined && status >= 500]).toEqual([
        request.line.slice(0, 60),
        false,
      ]);
    }
    expect((await chat("still there")).status).toBe(200);
  });
});
