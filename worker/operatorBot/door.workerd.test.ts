import { describe, expect, it, vi } from "vitest";
import { actionForm, commandForm, type Doing, signed } from "../../local/chat/slackSigner.ts";
import { operatorApp, operatorUser, opsChannel } from "../../local/chat/slackWorkspace.ts";
import { ask, codeOf, declare, secrets } from "../testing/askTheDoor.ts";
import { clock } from "../testing/testWorker.ts";

const bindings = { ...secrets, OPERATOR_SLACK_SIGNING_SECRET: operatorApp.signingSecret };
const slackApi = "https://slack.com/api";
const operatorBot = { allowedUsers: [operatorUser.id], slackApi };
const responseUrl = "https://hooks.slack.com/commands/T0TALARIA/1/abc";
let triggers = 0;
const doing = (changes: Partial<Doing> = {}): Doing => ({
  ...{ app: operatorApp, team: "T0TALARIA", domain: "talaria-test", user: operatorUser, channel: opsChannel },
  ...{ responseUrl, trigger: String(++triggers) },
  ...changes,
});
const send = (path: string, { headers, body }: { headers: object; body: string }, bound: object = bindings) =>
  ask(path, { method: "POST", headers: { ...headers }, body, bindings: bound });
const command = (text: string, at?: number | string) => signed(operatorApp, commandForm(doing(), "/talaria", text), at);
const seconds = () => Math.floor(Date.now() / 1_000);

describe("the door of the operator's bot", () => {
  it("stays shut with 503 where nothing is configured (I10)", async () => {
    expect(await codeOf(await send("/slack/commands", command("status")))).toBe("operatorBotOff");
    declare({ operatorBot });
    const without = await send("/slack/commands", command("status"), secrets);
    expect([without.status, await codeOf(without)]).toEqual([503, "operatorBotOff"]);
  });

  it("lets a command in that Slack has signed, and answers in Slack's form", async () => {
    declare({ operatorBot });
    const answer = await send("/slack/commands", command("status"));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      response_type: "ephemeral",
      text: `heard status of ${operatorUser.id} in T0TALARIA`,
    });
  });

  it("refuses what is old, of the future, signed by another, or signed over another body", async () => {
    declare({ operatorBot });
    const old = command("restart", seconds() - 301);
    const early = command("restart", seconds() + 302);
    const foreign = signed({ signingSecret: "x" }, commandForm(doing(), "/talaria", "restart"));
    const right = command("status");
    const changed = { ...right, body: right.body.replace("text=status", "text=restart") };
    for (const [what, request, reason] of [
      ["old", old, "its timestamp"],
      ["of the future", early, "its timestamp"],
      ["another's", foreign, "its signature is wrong"],
      ["changed", changed, "its signature is wrong"],
      ["unsigned", { headers: {}, body: right.body }, "it has no timestamp"],
    ] as const) {
      const answer = await send("/slack/commands", request);
      expect([what, answer.status]).toEqual([what, 401]);
      expect(await answer.text()).toContain(reason);
    }
    expect((await send("/slack/commands", right)).status).toBe(200);
  });

  it("hears a request once, until its time is over; afterwards its signature is forgotten and its time is old", async () => {
    declare({ operatorBot });
    const request = command("restart");
    expect((await send("/slack/commands", request)).status).toBe(200);
    for (const path of ["/slack/commands", "/slack/actions", "/slack/commands"]) {
      const again = await send(path, request);
      expect([again.status, await again.text()]).toEqual([401, expect.stringContaining("it was sent before")]);
    }
    vi.useFakeTimers({ now: Date.now() + 301_000, toFake: ["Date"] });
    const late = await send("/slack/commands", request);
    expect(await late.text()).toContain("its timestamp");
    vi.useRealTimers();
    clock.aheadMs = 0;
  });

  it("counts refusals by address, as every door does, and never slows Slack", async () => {
    declare({ operatorBot });
    let left = 2;
    const REFUSALS = { limit: async () => ({ success: left-- > 0 }) };
    const bound = { ...bindings, REFUSALS };
    const wrong = signed({ signingSecret: "x" }, commandForm(doing(), "/talaria", "status"));
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await send("/slack/commands", wrong, bound)).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect((await send("/slack/commands", command("status"), bound)).status).toBe(200);
  });

  it("takes no body that is too large, whatever its length says", async () => {
    declare({ operatorBot });
    const body = "x".repeat(1_000_001);
    expect((await send("/slack/commands", signed(operatorApp, body))).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect((await ask("/slack/commands", { method: "POST", body: stream, bindings })).status).toBe(413);
  });

  it("answers Slack's look at the certificate, and does nothing", async () => {
    declare({ operatorBot });
    const answer = await send("/slack/commands", { headers: {}, body: "ssl_check=1&token=x" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  it("takes a pressed button, passes over what is none, and refuses a form that Slack would not send", async () => {
    declare({ operatorBot });
    const press = signed(operatorApp, actionForm(doing(), { action_id: "wake", value: "wake" }));
    const pressed = await send("/slack/actions", press);
    expect([pressed.status, await pressed.json()]).toEqual([200, {}]);
    const view = new URLSearchParams({ payload: '{"type":"view_closed"}' }).toString();
    expect((await send("/slack/actions", signed(operatorApp, view))).status).toBe(200);
    for (const [n, body] of ["", "payload=", "payload=%7B%7D", "payload=null", "text=x", "payload=[1]"].entries()) {
      const answer = await send("/slack/actions", signed(operatorApp, body, seconds() - n));
      expect([body, answer.status]).toEqual([body, 400]);
    }
    const empty = await send("/slack/commands", signed(operatorApp, "command=nothing"));
    expect(await codeOf(empty)).toBe("badRequest");
  });

  it("answers at no address but Slack's", async () => {
    declare({ operatorBot });
    for (const url of [
      "http://hooks.slack.com/commands/x",
      "https://hooks.slack.com.evil.example/x",
      "https://hooks.slack.com@evil.example/x",
      "https://evil.example/?hooks.slack.com",
      "http://127.0.0.1:9/commands/x",
      "http://169.254.169.254/latest/meta-data",
      "file:///etc/passwd",
    ]) {
      const request = signed(operatorApp, commandForm(doing({ responseUrl: url }), "/talaria", "status"));
      const answer = await send("/slack/commands", request);
      expect([url, answer.status]).toEqual([url, 400]);
    }
  });
});
