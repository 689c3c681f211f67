import { afterEach, describe, expect, it } from "vitest";
import { type RunningModel, startModel } from "./server.ts";

const running: RunningModel[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((model) => model.close()));
});

async function aModel() {
  const model = await startModel({ apiKey: "key-1" });
  running.push(model);
  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${model.url}/v1/messages`, {
      method: "POST",
      headers: {
        "x-api-key": "key-1",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
        ...headers,
      },
      body: JSON.stringify({ model: "canned", max_tokens: 100, ...body }),
    });
  const ask = (content: unknown, more: object = {}) => post({ messages: [{ role: "user", content }], ...more });
  return { model, post, ask };
}

const tools = [{ name: "terminal", input_schema: { type: "object" } }];

describe("the canned model as Anthropic's messages API", () => {
  it("answers with usage, the system prompt counted", async () => {
    const { ask } = await aModel();
    const answer = await (
      await ask([{ type: "text", text: "hello" }], { system: [{ type: "text", text: "be kind" }] })
    ).json();
    expect(answer).toMatchObject({
      type: "message",
      content: [{ type: "text", text: "echo: hello" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 4, output_tokens: 3 },
    });
  });

  it("calls a tool and answers with its result", async () => {
    const { ask, post } = await aModel();
    const called = await (await ask("RUN id", { tools })).json();
    expect(called).toMatchObject({
      content: [{ type: "tool_use", name: "terminal", input: { command: "id" } }],
      stop_reason: "tool_use",
    });
    const result = [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "uid=0" }] }];
    const messages = [
      { role: "user", content: "RUN id" },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "terminal", input: {} }] },
      { role: "user", content: result },
    ];
    expect(await (await post({ messages, tools })).json()).toMatchObject({ content: [{ text: "uid=0" }] });
  });

  it("streams text and tool calls as named events", async () => {
    const { ask } = await aModel();
    const names = (text: string) => [...text.matchAll(/^event: (\S+)$/gm)].map((match) => match[1]);
    const spoken = await (await ask("one two", { stream: true })).text();
    expect(names(spoken)).toEqual([
      "message_start",
      "ping",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const called = await (await ask("RUN id", { stream: true, tools })).text();
    expect(called).toContain('"partial_json":"{\\"command\\":\\"id\\"}"');
  });

  it.each([
    ["FAULT no-credit", 400, "invalid_request_error"],
    ["FAULT refused-key", 401, "authentication_error"],
    ["FAULT 429", 429, "rate_limit_error"],
    ["FAULT 500", 500, "api_error"],
    ["FAULT unknown-model", 404, "not_found_error"],
  ])("answers %s as Anthropic does", async (text, status, type) => {
    const { ask } = await aModel();
    const response = await ask(text);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ type: "error", error: { type } });
  });

  it("wants a key, a version and max_tokens", async () => {
    const { post } = await aModel();
    const messages = [{ role: "user", content: "hi" }];
    expect((await post({ messages }, { "x-api-key": "other" })).status).toBe(401);
    expect((await post({ messages, max_tokens: undefined })).status).toBe(400);
    const { model } = await aModel();
    const bare = await fetch(`${model.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "key-1" },
      body: JSON.stringify({ model: "canned", max_tokens: 1, messages }),
    });
    expect(await bare.json()).toMatchObject({ error: { message: "anthropic-version: header is required" } });
  });
});
