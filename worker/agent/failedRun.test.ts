import { describe, expect, it } from "vitest";
import { mendFailedRun } from "./failedRun.ts";

const proxysWords =
  "HTTP 401: The provider anthropic refused the key of talaria:anthropicApiKey, saying: invalid. pulumi config set … [talaria:modelKeyRefused]";

describe("a run that failed inside Hermes", () => {
  it("becomes an error that names provider and config key", async () => {
    const body = {
      choices: [{ finish_reason: "error" }],
      hermes: { completed: false, failed: true, error: proxysWords },
    };
    const mended = await mendFailedRun(Response.json(body, { headers: { "x-hermes-completed": "false" } }));
    expect(mended.status).toBe(502);
    expect(mended.headers.get("x-should-retry")).toBe("false");
    const { error } = (await mended.json()) as { error: { code: string; message: string } };
    expect(error).toMatchObject({ code: "modelKeyRefused" });
    expect(error.message).toMatch(/^The provider anthropic refused the key of talaria:anthropicApiKey/);
    expect(error.message).not.toContain("[talaria:");
    expect(error.message.match(/pulumi config set/g)).toHaveLength(1);
  });

  it("becomes an error event at the end of a stream, and what came before stays", async () => {
    const error = JSON.stringify({ choices: [{ delta: {}, finish_reason: "error" }], error: { message: proxysWords } });
    const stream = new Response(`data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: ${error}\n\ndata: [DONE]\n\n`, {
      headers: { "content-type": "text/event-stream" },
    });
    const events = (await (await mendFailedRun(stream)).text()).trim().split("\n\n");
    expect(events[0]).toBe('data: {"choices":[{"delta":{"content":"a"}}]}');
    expect(JSON.parse(events[1]?.slice(6) ?? "")).toMatchObject({ error: { code: "modelKeyRefused" } });
    expect(events[2]).toBe("data: [DONE]");
  });

  it("lets Hermes' own events pass as chunks that say nothing, so that no client stumbles over them", async () => {
    const stream = new Response('event: hermes.tool.progress\ndata: {"tool":"terminal","status":"running"}\n\n', {
      headers: { "content-type": "text/event-stream" },
    });
    const [name, data] = (await (await mendFailedRun(stream)).text()).trim().split("\n");
    expect(name).toBe("event: hermes.tool.progress");
    expect(JSON.parse(data?.slice(6) ?? "")).toEqual({
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: {}, finish_reason: null }],
      tool: "terminal",
      status: "running",
    });
  });

  it("is an error of /v1/responses as well, which Hermes answers as completed", async () => {
    const answer = (text: string, total_tokens: number) =>
      Response.json({
        ...{ object: "response", status: "completed", usage: { total_tokens } },
        output: [{ type: "message", content: [{ type: "output_text", text }] }],
      });
    const said = "HTTP 402: The bot's spending cap is reached. [talaria:spendCapReached]";
    const mended = await mendFailedRun(answer(`Billing or credits exhausted: ${said}\n\nAdd credits.`, 0));
    expect(mended.status).toBe(402);
    expect(await mended.json()).toMatchObject({
      error: { code: "spendCapReached", message: "The bot's spending cap is reached." },
    });
    const quoted = answer(said, 12);
    expect(await mendFailedRun(quoted)).toBe(quoted);
  });

  it("leaves a whole answer and Hermes' own errors alone", async () => {
    const whole = Response.json({ choices: [], hermes: { completed: true } });
    expect(await mendFailedRun(whole)).toBe(whole);
    const limit = Response.json({ error: { code: "rate_limit_exceeded" } }, { status: 429 });
    expect(await mendFailedRun(limit)).toBe(limit);
  });

  it("gives a bare 500 of Hermes a shape that clients understand", async () => {
    const mended = await mendFailedRun(
      new Response("500 Internal Server Error", { status: 500, headers: { "content-type": "text/plain" } }),
    );
    expect(mended.status).toBe(502);
    expect(await mended.json()).toMatchObject({ error: { code: "runFailed" } });
  });
});
