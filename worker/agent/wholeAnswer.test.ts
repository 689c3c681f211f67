import { describe, expect, it } from "vitest";
import { wholeAnswer } from "./wholeAnswer.ts";

const json = (body: BodyInit, length: number) =>
  new Response(body, { headers: { "content-type": "application/json; charset=utf-8", "content-length": `${length}` } });

describe("an answer in JSON", () => {
  it("is handed on whole", async () => {
    const answer = await wholeAnswer(json('{"ok":true}', 11));
    expect(await answer.json()).toEqual({ ok: true });
  });

  it("is an error when it ends before its length", async () => {
    await expect(wholeAnswer(json('{"ok":t', 11))).rejects.toThrow("ended after 7 of 11 bytes");
  });

  it("is an error when it breaks", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    await expect(wholeAnswer(json(broken, 11))).rejects.toThrow("gone");
  });

  it("is left alone when it is anything else", async () => {
    const file = new Response("bytes", { headers: { "content-type": "application/octet-stream" } });
    expect(await wholeAnswer(file)).toBe(file);
  });
});
