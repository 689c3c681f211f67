/** The front door as strangers and other programs meet it: OpenAI's Python client, many callers at once, and those who try doors. */
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../local/paths.ts";
import { ensurePythonTool } from "../local/toolchain/pythonTool.ts";
import { run } from "../local/toolchain/run.ts";
import { mustPass } from "./commands.ts";
import { eventually } from "./eventually.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { evaluatedEnv, openaiClient, saying } from "./openaiClient.ts";

const streams = 200;
const wrongTokens = 1000;
/** MB by which the Worker may have grown after hundreds of callers. */
const growth = 150;

let local: LocalSystem;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  local = await startLocal();
  env = await evaluatedEnv(local);
});
afterAll(() => local?.stop());

describe("OpenAI's client of Python", () => {
  it("chats, streams, uses a tool, leaves a stream, lists models and throws its own errors", async () => {
    const python = await ensurePythonTool("openai", { progress: () => {} });
    const script = path.join(checkout, "e2e", "openai_client.py");
    const { OPENAI_BASE_URL, OPENAI_API_KEY } = env;
    const ended = await run(python, [script], { env: { ...process.env, OPENAI_BASE_URL, OPENAI_API_KEY } });
    const { cancelled, ...said } = JSON.parse(mustPass({ ...ended, output: ended.stdout + ended.stderr }).stdout);
    expect(said).toMatchObject({
      models: ["hermes-agent"],
      whole: "echo: hello from Python",
      finish: "stop",
      tool: expect.stringContaining("sum=42"),
      errors: {
        "refused-key": { class: "InternalServerError", status: 502, code: "modelKeyRefused" },
        "no-credit": { class: "APIStatusError", status: 402, code: "modelNoCredit" },
        "unknown-model": { class: "NotFoundError", status: 404, code: "modelUnknown" },
        empty: { class: "InternalServerError", status: 502, code: "modelEmpty" },
        429: { class: "RateLimitError", status: 429, code: "modelRateLimited" },
        500: { class: "InternalServerError", status: 502, code: "modelFailing" },
      },
      "wrong key": { class: "AuthenticationError", status: 401 },
    });
    expect(said.pieces.length).toBeGreaterThan(5);
    expect(said.pieces.join("")).toBe("echo: one two three four five six");
    expect(cancelled.seconds).toBeLessThan(50); // the stream itself takes a minute
    await quiet();
  });
});

describe("the official client of npm", () => {
  it("leaves a stream, and its run ends", async () => {
    const stream = await openaiClient(env).chat.completions.create({
      ...saying(`FAULT drip 60\n${"word ".repeat(30)}`),
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    stream.controller.abort();
    await quiet();
  });
});

describe("the agent goes on answering", () => {
  it(`${streams} streams at once: each is answered whole or told when to come back`, async () => {
    const before = await workerMegabytes();
    const client = openaiClient(env);
    const all = await Promise.all(
      Array.from({ length: streams }, async (_, n) => {
        try {
          const stream = await client.chat.completions.create({ ...saying(`stream ${n} of many`), stream: true });
          let text = "";
          for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
          return text === `echo: stream ${n} of many` ? "answered" : `cut: ${text}`;
        } catch (error) {
          if (!(error instanceof OpenAI.APIError)) throw error;
          return `${error.status} ${error.code} ${error.headers?.has("retry-after")}`;
        }
      }),
    );
    const answered = all.filter((each) => each === "answered").length;
    expect(new Set(all)).toEqual(new Set(["answered", "429 busy true"]));
    expect(answered).toBeGreaterThanOrEqual(64); // those that run and those that wait
    await answers("after the streams");
    expect((await workerMegabytes()) - before).toBeLessThan(growth);
  });

  it(`${wrongTokens} wrong tokens: refused, then told to wait; a right one passes meanwhile`, async () => {
    const before = await workerMegabytes();
    const seen = new Map<number, number>();
    const knock = async (n: number) => {
      const wrong = `talaria-client-${String(n).padStart(43, "0")}`;
      const route = n % 2 === 0 ? "/v1/models" : "/api/status";
      const { status } = await local.client(route, { headers: { authorization: `Bearer ${wrong}` } });
      seen.set(status, (seen.get(status) ?? 0) + 1);
    };
    const chats: Promise<void>[] = [];
    for (let n = 0; n < wrongTokens; n += 20) {
      if (n % 200 === 0) chats.push(answers(`beside ${n} wrong ones`));
      await Promise.all(Array.from({ length: 20 }, (_, i) => knock(n + i)));
    }
    await Promise.all(chats);
    expect([...seen.keys()].sort()).toEqual([401, 429]);
    expect(seen.get(429)).toBeGreaterThan(wrongTokens / 2);
    expect((await workerMegabytes()) - before).toBeLessThan(growth);
  });

  it("callers that send a header a second, or half of a body, hold up nobody", async () => {
    const { hostname, port } = new URL(local.url);
    const sockets = Array.from({ length: streams }, () => net.connect({ host: hostname, port: Number(port) }));
    for (const socket of sockets) socket.on("error", () => {}); // it may be sent away
    const half = sockets.length / 2;
    for (const socket of sockets.slice(0, half)) socket.write("GET /v1/models HTTP/1.1\r\nhost: bot\r\n");
    for (const socket of sockets.slice(half)) {
      const token = `authorization: Bearer ${local.clientToken}\r\ncontent-length: 1000000\r\n`;
      socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: bot\r\n${token}\r\n{"messages": [`);
    }
    for (let second = 0; second < 5; second++) {
      await pause(1000);
      for (const socket of sockets) if (socket.writable) socket.write("x-slow: 1\r\n");
      await answers(`beside slow callers, second ${second}`);
    }
    for (const socket of sockets) socket.destroy();
    await answers("after slow callers");
    await quiet();
  });
});

/** A chat is answered. */
async function answers(words: string): Promise<void> {
  for (let tried = 0; ; tried++) {
    const body = JSON.stringify(saying(words));
    const answer = await local.client("/v1/chat/completions", { method: "POST", body });
    const text = await answer.text();
    if (answer.status === 429 && tried < 10) await pause(Number(answer.headers.get("retry-after")) * 1000);
    else return expect([answer.status, text]).toEqual([200, expect.stringContaining(`echo: ${words}`)]);
  }
}

/** Until the agent works on nothing. */
async function quiet(): Promise<void> {
  const idle = async () => ((await (await local.api("/api/status")).json()) as { activeRuns: number }).activeRuns === 0;
  expect(await eventually(idle, 30)).toBe(true);
}

/** Resident memory of workerd, which runs the Worker and its objects. */
async function workerMegabytes(): Promise<number> {
  const all = (await local.processes()).map(async (pid) => {
    const status = await fs.readFile(`/proc/${pid}/status`, "utf8").catch(() => ""); // it may have ended
    return /^Name:\s+workerd$/m.test(status) ? Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024 : 0;
  });
  const megabytes = (await Promise.all(all)).reduce((a, b) => a + b, 0);
  expect(megabytes).toBeGreaterThan(0);
  return megabytes;
}
