import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { testNotice } from "../notice.ts";
import { webhook } from "./webhook.ts";

const url = "https://hooks.example/services/T000/B000/very-secret-part";
const secret = `whsec_${btoa("a secret of twenty-four!")}`;
const now = Date.parse("2026-11-21T12:00:00Z");
const notice = testNotice({ bot: "talaria-prod", stack: "prod" }, now);

/** A receiver that keeps what came and answers as it is told. */
function aReceiver(answer: () => Response | Promise<Response>) {
  const requests: { url: string; headers: Headers; body: string; redirect: string | undefined }[] = [];
  const fetch = async (to: unknown, init: RequestInit = {}) => {
    const { headers, body, redirect } = init;
    requests.push({ url: String(to), headers: new Headers(headers), body: String(body), redirect });
    return answer();
  };
  return { requests, fetch: fetch as unknown as typeof globalThis.fetch };
}

describe("the webhook", () => {
  it("sends what Slack, Mattermost and Discord show, and the fields", async () => {
    const { requests, fetch } = aReceiver(() => new Response("ok"));
    await webhook({ url, secret: undefined, now: () => now, fetch }).tell(notice);
    const body = JSON.parse(requests[0]?.body ?? "");
    expect(body).toMatchObject({
      text: notice.text,
      content: notice.text,
      type: "alarm.test",
      data: { id: notice.id },
    });
    expect(requests[0]?.headers.get("webhook-signature")).toBeNull();
  });

  it("rings for no whole channel with what it quotes", async () => {
    const { requests, fetch } = aReceiver(() => new Response("ok"));
    const quoting = { ...notice, text: "The last: <!channel> and @everyone" };
    await webhook({ url, secret: undefined, now: () => now, fetch }).tell(quoting);
    const body = JSON.parse(requests[0]?.body ?? "");
    expect(body.text).not.toMatch(/<!channel|@everyone/);
    expect(body.allowed_mentions).toEqual({ parse: [] }); // Discord's word for it
  });

  it("is signed by the scheme of Standard Webhooks", async () => {
    const { requests, fetch } = aReceiver(() => new Response("ok"));
    await webhook({ url, secret, now: () => now, fetch }).tell(notice);
    const [{ headers, body } = { headers: new Headers(), body: "" }] = requests;
    const signed = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
    const expected = createHmac("sha256", "a secret of twenty-four!").update(signed).digest("base64");
    expect(headers.get("webhook-signature")).toBe(`v1,${expected}`);
    expect(headers.get("webhook-timestamp")).toBe(String(now / 1000));
  });

  it("follows no redirect, so that a notice reaches no other host", async () => {
    const elsewhere = new Response(null, { status: 307, headers: { location: "https://evil.example/" } });
    const { requests, fetch } = aReceiver(() => elsewhere);
    const told = webhook({ url, secret, now: () => now, fetch }).tell(notice);
    await expect(told).rejects.toThrow("hooks.example answers with status 307: it leads elsewhere");
    expect(requests).toMatchObject([{ url, redirect: "manual" }]);
  });

  it.each([
    ["a status", () => new Response(`no service at ${url}`, { status: 404 })],
    ["a broken connection", () => Promise.reject(new Error(`connect ${url} failed`))],
  ])("never says its URL, not in %s either", async (_what, answer) => {
    const { fetch } = aReceiver(answer);
    const told = webhook({ url, secret, now: () => now, fetch });
    const problem = await told.tell(notice).catch((error: unknown) => String(error));
    expect(problem).toContain("hooks.example");
    expect(`${problem} ${told.target}`).not.toContain("very-secret-part");
  });

  it("waits as long as the receiver asks", async () => {
    const busy = () => new Response("slow down", { status: 429, headers: { "retry-after": "120" } });
    const told = webhook({ url, secret, now: () => now, fetch: aReceiver(busy).fetch }).tell(notice);
    await expect(told).rejects.toMatchObject({ retryAfterMs: 120_000 });
  });
});
