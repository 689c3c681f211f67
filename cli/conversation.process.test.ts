import { describe, expect, it } from "vitest";
import { aFakeBot, type Route } from "./testing/fakeBot.ts";
import { typing } from "./testing/typing.ts";

const [controlC, controlD] = ["\u0003", "\u0004"];
const piece = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const end = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`;

/** Answers with what was said, piece by piece; never comes to the end of one that asks for ever. */
const echoing: Route = (response, { body }) => {
  const said = JSON.parse(body).messages[0].content as string;
  response.writeHead(200, { "content-type": "text/event-stream", "x-hermes-session-id": "s1" });
  if (said === "fail") return void response.end(`data: ${JSON.stringify({ error: { message: "no credit" } })}\n\n`);
  response.write(piece("you said ") + piece(said));
  if (said !== "for ever") response.end(end);
};

describe("talaria chat, at a terminal", () => {
  it("is a conversation in one session, with lines that the arrow keys bring back, until Ctrl-D", async () => {
    const bot = await aFakeBot({ "POST /v1/chat/completions": echoing });
    const typed = await typing(
      ["chat"],
      bot,
      [
        { sees: "> ", types: "hello\r" },
        { sees: "you said hello", types: "" },
        { sees: "> ", types: "\u001b[A again\r" },
        { sees: "you said hello again", types: "" },
        { sees: "> ", types: controlD },
      ],
      "xterm",
    );
    expect(typed, typed.said).toMatchObject({ code: 0, restored: true });
    expect(typed.said).toContain("go on with --session s1");
    expect(bot.seen.map(({ headers }) => headers["x-hermes-session-id"])).toEqual([undefined, "s1"]);
    expect(bot.seen.map(({ body }) => JSON.parse(body).messages)).toEqual([
      [{ role: "user", content: "hello" }],
      [{ role: "user", content: "hello again" }],
    ]);
  });

  it("goes on after an answer that was cancelled with Ctrl-C, and after one that failed", async () => {
    let left = false;
    const bot = await aFakeBot({
      "POST /v1/chat/completions": (response, request, count) => {
        response.on("close", () => {
          left ||= !response.writableEnded;
        });
        return echoing(response, request, count);
      },
    });
    const typed = await typing(
      ["chat", "--session", "mine"],
      bot,
      [
        { sees: "> ", types: "for ever\r" },
        { sees: "you said for ever", types: controlC },
        { sees: "(cancelled)", types: "" },
        { sees: "> ", types: "fail\r" },
        { sees: "no credit", types: "" },
        { sees: "> ", types: "dropped" },
        { sees: "dropped", types: controlC },
        { sees: "(Ctrl-D ends)", types: "" },
        { sees: "> ", types: "and now\r" },
        { sees: "you said and now", types: "" },
        { sees: "> ", types: controlD },
      ],
      "xterm",
    );
    expect(typed, typed.said).toMatchObject({ code: 0, restored: true });
    expect(left).toBe(true);
    expect(bot.seen[0]?.headers["x-hermes-session-id"]).toBe("mine");
  });
});
