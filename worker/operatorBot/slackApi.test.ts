import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningSlack, startSlack } from "../../local/chat/slack.ts";
import { operatorApp, opsChannel, otherChannel } from "../../local/chat/slackWorkspace.ts";
import { BotError } from "../errors.ts";
import { SlackApi } from "./slackApi.ts";

let slack: RunningSlack;
let api: SlackApi;
beforeEach(async () => {
  slack = await startSlack();
  api = new SlackApi(slack.url, operatorApp.botToken);
});
afterEach(() => slack.close());

async function problemOf(work: Promise<unknown>): Promise<BotError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BotError)) throw new Error(`no BotError: ${error}`);
  return error;
}

describe("Slack's Web API", () => {
  it("takes a message to a channel", async () => {
    await api.postMessage({ channel: opsChannel.id, text: "hello" });
    expect(slack.messages).toMatchObject([{ via: "chat.postMessage", channel: opsChannel.id, text: "hello" }]);
    expect(slack.calls[0]?.answer).not.toHaveProperty("warning");
  });

  it("names Slack's own code, and what to type next", async () => {
    const closed = await problemOf(api.postMessage({ channel: otherChannel.id, text: "x" }));
    expect([closed.code, closed.message]).toEqual(["slackRefused", "Slack refused chat.postMessage: not_in_channel"]);
    expect(closed.next).toContain("/invite");
    const scope = await problemOf(api.call("users.list", {}));
    expect(scope.message).toContain("missing_scope (needed: users:read; granted: commands,chat:write)");
    slack.failNext("auth.test", "ratelimited");
    expect((await problemOf(api.call("auth.test", {}))).message).toContain("ratelimited");
  });

  it("says that Slack does not answer, without the token in it", async () => {
    await slack.close();
    const problem = await problemOf(api.call("auth.test", {}));
    expect(problem.code).toBe("slackUnreachable");
    expect(`${problem.message} ${problem.next}`).not.toContain(operatorApp.botToken);
    slack = await startSlack();
  });

  it("refuses with a wrong token", async () => {
    const problem = await problemOf(new SlackApi(slack.url, "xoxb-wrong").call("auth.test", {}));
    expect([problem.message, problem.next]).toEqual([
      "Slack refused auth.test: invalid_auth",
      expect.stringContaining("operatorSlackBotToken"),
    ]);
  });
});
