import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningSlack, startSlack } from "./slack.ts";
import { agentApp, operatorApp, opsChannel, otherChannel, strangerUser } from "./slackWorkspace.ts";

let slack: RunningSlack;
beforeEach(async () => {
  slack = await startSlack();
});
afterEach(() => slack.close());

async function call(method: string, token: string | undefined, args: object = {}) {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(`${slack.url}/${method}`, { method: "POST", headers, body: JSON.stringify(args) });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}
const codeOf = async (method: string, token: string | undefined, args: object = {}) =>
  (await call(method, token, args)).body.error;
const bot = operatorApp.botToken;

describe("the Slack on loopback", () => {
  it("says who a token is, and what it was granted, in a header", async () => {
    const { status, headers, body } = await call("auth.test", bot);
    expect([status, headers.get("x-oauth-scopes")]).toEqual([200, "commands,chat:write"]);
    expect(body).toMatchObject({ ok: true, team_id: "T0TALARIA", user_id: operatorApp.botUser });
  });

  it("refuses with 200 and Slack's codes", async () => {
    expect(await codeOf("auth.test", undefined)).toBe("not_authed");
    expect(await codeOf("auth.test", "xoxb-wrong")).toBe("invalid_auth");
    expect(await codeOf("no.such", bot)).toBe("unknown_method");
    expect(await codeOf("apps.connections.open", agentApp.botToken)).toBe("not_allowed_token_type");
    expect(await codeOf("chat.postMessage", agentApp.appToken)).toBe("not_allowed_token_type");
    const { status, body } = await call("users.list", bot);
    expect([status, body]).toEqual([
      200,
      { ok: false, error: "missing_scope", needed: "users:read", provided: "commands,chat:write" },
    ]);
  });

  it("opens a socket for an app's token alone", async () => {
    expect((await call("apps.connections.open", agentApp.appToken)).body).toMatchObject({
      ok: true,
      url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:/),
    });
  });

  it("posts where the bot is, to a person by their id, and nothing that is empty or malformed", async () => {
    const post = (args: object) => codeOf("chat.postMessage", bot, args);
    expect(await post({ channel: opsChannel.id, text: "one" })).toBeUndefined();
    expect(await post({ channel: strangerUser.id, text: "two" })).toBeUndefined();
    expect(await post({ channel: otherChannel.id, text: "x" })).toBe("not_in_channel");
    expect(await post({ channel: "C0NOWHERE", text: "x" })).toBe("channel_not_found");
    expect(await post({ channel: opsChannel.id })).toBe("no_text");
    expect(await post({ text: "x" })).toBe("invalid_arguments");
    expect(await post({ channel: opsChannel.id, text: "x", blocks: [{ type: "button" }] })).toBe("invalid_blocks");
    expect(slack.messages.map(({ channel, user, text }) => [channel, user, text])).toEqual([
      [opsChannel.id, undefined, "one"],
      ["D0STRANGER", strangerUser.id, "two"],
    ]);
  });

  it("takes five posts at a response URL, and none that is late", async () => {
    const post = async (url: string) => {
      const answer = await fetch(url, { method: "POST", body: JSON.stringify({ text: "later" }) });
      return [answer.status, await answer.text()];
    };
    const url = slack.responseUrl("commands");
    for (let n = 0; n < 5; n++) expect(await post(url)).toEqual([200, "ok"]);
    expect(await post(url)).toEqual([404, '{"ok":false,"error":"used_url"}']);
    const late = slack.responseUrl("actions");
    slack.expire(late);
    expect(await post(late)).toEqual([404, '{"ok":false,"error":"expired_url"}']);
    expect(slack.messages).toHaveLength(5);
  });

  it("fails where a test wants it to, once", async () => {
    slack.failNext("auth.test", "ratelimited");
    const { status, headers } = await call("auth.test", bot);
    expect([status, headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await call("auth.test", bot)).body.ok).toBe(true);
    expect(slack.calls.map(({ answer }) => answer.ok)).toEqual([false, true]);
  });
});
