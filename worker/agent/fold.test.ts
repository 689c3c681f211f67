import { describe, expect, it } from "vitest";
import { foldChunks } from "./fold.ts";

const stream = (...events: string[]) =>
  new Response(events.map((event) => `${event}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream", "x-hermes-session-id": "s-1" },
  });
const chunk = (change: object) => `data: ${JSON.stringify({ id: "c1", created: 1, model: "hermes-agent", ...change })}`;

describe("folding a stream into one answer", () => {
  it("joins the words and keeps id, usage and session", async () => {
    const answer = await foldChunks(
      stream(
        chunk({ choices: [{ delta: { role: "assistant" } }] }),
        ": keepalive",
        'event: hermes.tool.progress\ndata: {"tool":"terminal"}',
        chunk({ choices: [{ delta: { content: "hel" } }] }),
        chunk({ choices: [{ delta: { content: "lo" } }] }),
        chunk({ choices: [{ delta: {}, finish_reason: "stop" }], usage: { total_tokens: 7 } }),
        "data: [DONE]",
      ),
    );
    expect(await answer.json()).toEqual({
      id: "c1",
      created: 1,
      model: "hermes-agent",
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
      usage: { total_tokens: 7 },
    });
    expect(answer.headers.get("x-hermes-session-id")).toBe("s-1");
    expect(answer.headers.get("content-type")).toContain("application/json");
  });

  it("becomes an error where the stream carries one", async () => {
    const answer = await foldChunks(stream(chunk({ choices: [], error: { message: "HTTP 500: broken" } })));
    expect(answer.status).toBe(502);
  });

  it("loses no words of chunks that name no model, and gives no answer where one has another form", async () => {
    const chunks = [chunk({ model: null, choices: [{ delta: { content: "hello" } }] }), "data: [DONE]"];
    expect(await (await foldChunks(stream(...chunks))).json()).toMatchObject({
      choices: [{ message: { content: "hello" } }],
    });
    await expect(foldChunks(stream(chunk({ choices: 7 }), ...chunks))).rejects.toThrow("choices");
  });

  it("is no answer when the stream breaks, or ends before its last event", async () => {
    const half = chunk({ choices: [{ delta: { content: "hel" } }] });
    await expect(foldChunks(stream(half))).rejects.toThrow("ended without its last event");
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    const headers = { "content-type": "text/event-stream" };
    await expect(foldChunks(new Response(broken, { headers }))).rejects.toThrow("gone");
  });

  it("leaves an answer that is no stream alone", async () => {
    const refused = Response.json({ error: {} }, { status: 429 });
    expect(await foldChunks(refused)).toBe(refused);
  });
});
