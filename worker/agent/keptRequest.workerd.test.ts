import { describe, expect, it } from "vitest";
import { kept } from "./keptRequest.ts";

const url = "https://bot.example/v1/chat/completions";
const chat = { messages: [{ role: "user", content: "hi" }] };
const post = (body: string, headers: Record<string, string> = {}) =>
  new Request(url, { method: "POST", body, headers: { authorization: "Bearer client", ...headers } });

describe("a request that is kept for Hermes", () => {
  it("is asked as a stream, with Hermes' own key, and can be sent again", async () => {
    const request = await kept(post(JSON.stringify(chat), { cookie: "a=b" }), true);
    expect(request).toMatchObject({ folded: true, wantsStream: false, repeatable: true });
    for (const sent of [request.toHermes("inner"), request.toHermes("inner")]) {
      expect(await sent.json()).toEqual({ ...chat, stream: true });
      expect(sent.headers.get("authorization")).toBe("Bearer inner");
      expect(sent.headers.has("cookie")).toBe(false);
    }
  });

  it("brings nothing of the way to the Worker: no page's origin, which Hermes would refuse, no credential of Access", async () => {
    const ofTheWay = {
      ...{ origin: "https://app.example", referer: "https://app.example/", "cf-connecting-ip": "192.0.2.1" },
      ...{ "cf-access-client-secret": "s", "cf-access-jwt-assertion": "j", "x-forwarded-for": "192.0.2.1" },
    };
    const request = await kept(post(JSON.stringify(chat), { ...ofTheWay, "x-request-id": "mine" }), true);
    const names = [...request.toHermes("inner").headers.keys()];
    expect(names.filter((name) => name in ofTheWay)).toEqual([]);
    expect(names).toContain("x-request-id");
  });

  it("keeps a large body whole, as a stream that is sent once", async () => {
    const text = JSON.stringify({ messages: [{ role: "user", content: "x".repeat(2_000_000) }] });
    const request = await kept(post(text), true);
    expect(request).toMatchObject({ folded: false, repeatable: false });
    const sent = await new Response(request.toHermes("inner").body).text();
    expect(sent === text).toBe(true);
  });

  it("refuses what is no JSON without quoting it, since errors are logged", async () => {
    const refusal = kept(post('my secret plan {"'), true);
    await expect(refusal).rejects.toThrow(/^The body is not valid JSON: it breaks \w+/);
    await expect(refusal).rejects.not.toThrow(/secret/);
  });

  it.each([
    ["no messages", {}],
    ["messages of another form", { messages: {} }],
    ["no message", { messages: [] }],
    ["a role that is none", { messages: [{ role: {}, content: "hi" }] }],
    ["content that is none", { messages: [{ role: "user", content: 7 }] }],
    ["a stream that is neither", { ...chat, stream: "maybe" }],
  ])("refuses %s, over which Hermes would stumble", async (_what, body) => {
    await expect(kept(post(JSON.stringify(body)), true)).rejects.toMatchObject({ code: "badRequest" });
  });

  it("refuses what is no object, however long", async () => {
    for (const body of ["[]", "7", `[${" ".repeat(2_000_000)}]`]) {
      await expect(kept(post(body), true)).rejects.toThrow("The body is not a JSON object.");
    }
  });
});
