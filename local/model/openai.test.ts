import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { type RunningModel, startModel } from "./server.ts";

const running: RunningModel[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((model) => model.close()));
});

async function aModel(apiKey = "key-1") {
  const model = await startModel({ apiKey: "key-1" });
  running.push(model);
  const client = new OpenAI({ baseURL: `${model.url}/v1`, apiKey, maxRetries: 0 });
  const ask = (content: string, more: { model?: string; tools?: OpenAI.ChatCompletionTool[] } = {}) =>
    client.chat.completions.create({ model: "canned", ...more, messages: [{ role: "user", content }] });
  const askStreamed = (content: string) =>
    client.chat.completions.create({
      model: "canned",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content }],
    });
  return { model, client, ask, askStreamed };
}

const terminal = { type: "function", function: { name: "terminal", parameters: {} } } as const;

describe("the canned model behind the official OpenAI client", () => {
  it("answers with usage", async () => {
    const { ask } = await aModel();
    const answer = await ask("hello you");
    expect(answer.choices[0]?.message.content).toBe("echo: hello you");
    expect(answer.usage).toEqual({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
  });

  it("streams word by word and ends with usage", async () => {
    const { askStreamed } = await aModel();
    const words: string[] = [];
    let total: number | undefined;
    for await (const chunk of await askStreamed("one two")) {
      const text = chunk.choices[0]?.delta.content;
      if (text) words.push(text);
      total = chunk.usage?.total_tokens ?? total;
    }
    expect(words).toEqual(["echo: ", "one ", "two"]);
    expect(total).toBe(6);
  });

  it("calls the terminal, in one piece and streamed", async () => {
    const { ask, client } = await aModel();
    const whole = await ask("RUN id", { tools: [terminal] });
    expect(whole.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: null, tool_calls: [{ function: { name: "terminal", arguments: '{"command":"id"}' } }] },
    });
    const streamed = client.chat.completions.stream({
      model: "canned",
      tools: [terminal],
      messages: [{ role: "user", content: "RUN id" }],
    });
    const final = await streamed.finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { arguments: '{"command":"id"}' } });
  });

  it("lists models and knows each of them", async () => {
    const { client } = await aModel();
    const ids = (await client.models.list()).data.map((model) => model.id);
    expect(ids).toEqual(["canned", "canned-large"]);
    expect((await client.models.retrieve("canned")).id).toBe("canned");
  });

  it("serves the responses API, in one piece and streamed", async () => {
    const { client } = await aModel();
    const whole = await client.responses.create({ model: "canned", input: "hi there" });
    expect(whole.output_text).toBe("echo: hi there");
    let text = "";
    const stream = await client.responses.create({ model: "canned", input: "hi there", stream: true });
    for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
    expect(text).toBe("echo: hi there");
  });

  it.each([
    ["FAULT 429", OpenAI.RateLimitError, 429],
    ["FAULT 500", OpenAI.InternalServerError, 500],
    ["FAULT refused-key", OpenAI.AuthenticationError, 401],
    ["FAULT no-credit", OpenAI.APIError, 402],
    ["FAULT unknown-model", OpenAI.NotFoundError, 404],
  ])("answers %s with the provider's error", async (text, kind, status) => {
    const { ask } = await aModel();
    const error: unknown = await ask(text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status });
  });

  it("knows no model whose id begins with unknown", async () => {
    const { ask } = await aModel();
    await expect(ask("hello", { model: "openai/unknown-1" })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it("refuses another key, as the provider does", async () => {
    const { ask, client } = await aModel("wrong");
    await expect(ask("hello")).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(client.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it("cuts a stream and a whole answer half-way", async () => {
    const { ask, askStreamed } = await aModel();
    const streaming = async () => {
      let text = "";
      for await (const chunk of await askStreamed("FAULT cut\nlong enough to be cut"))
        text += chunk.choices[0]?.delta.content ?? "";
      return text;
    };
    await expect(streaming()).rejects.toThrow();
    await expect(ask("FAULT cut")).rejects.toThrow();
  });

  it("answers nothing for FAULT empty", async () => {
    const { ask } = await aModel();
    const answer = await ask("FAULT empty");
    expect(answer.choices[0]?.message.content).toBe("");
    expect(answer.usage?.completion_tokens).toBe(0);
  });

  it("fails once when asked to fail once", async () => {
    const { ask } = await aModel();
    await expect(ask("FAULT 500 once")).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    expect((await ask("FAULT 500 once")).choices[0]?.message.content).toBe("echo: FAULT 500 once");
  });

  it("waits for FAULT slow, and notes a client that left meanwhile", async () => {
    const { model, client } = await aModel();
    const aborter = new AbortController();
    const stream = await client.chat.completions.create(
      { model: "canned", stream: true, messages: [{ role: "user", content: "FAULT slow 60" }] },
      { signal: aborter.signal },
    );
    aborter.abort();
    expect(stream).toBeDefined();
    await expect.poll(() => model.ledger().map((entry) => entry.outcome), { timeout: 10_000 }).toEqual(["client left"]);
  });
});
