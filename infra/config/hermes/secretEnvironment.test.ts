import { describe, expect, it } from "vitest";
import { type SecretVariableKeys, secretParts, secretVariables } from "./secretEnvironment.ts";

function read(keys: Partial<SecretVariableKeys>, files: Record<string, string> = {}, sealed = true) {
  const told: string[] = [];
  const place = {
    read: (file: string) => files[file],
    isSecret: () => sealed,
    report: (key: string, reason: string) => void told.push(`${key} ${reason}`),
  };
  return { variables: secretVariables({ json: undefined, files: [], plain: [], ...keys }, place), told };
}

describe("secret variables", () => {
  it("come from .env files and from the stack, which wins", () => {
    const files = { "a.env": "# of a\nONE=1\nTWO='2 #'\nexport THREE=3\n", "b.env": 'TWO="two\\nlines"\n' };
    expect(read({ files: ["a.env", "b.env"], json: '{"ONE": "own"}' }, files)).toEqual({
      variables: { ONE: "own", TWO: "two\nlines", THREE: "3" },
      told: [],
    });
  });

  it.each([
    ["a file that is not there", { files: ["no.env"] }, 'secretEnvironmentFiles[0] "no.env" is not there.'],
    ["no name", { json: '{"my-key": "x"}' }, "secretEnvironment.my-key is not the name of an environment variable."],
    ["a provider's key", { json: '{"OPENAI_API_KEY": "x"}' }, "secretEnvironment.OPENAI_API_KEY is a provider's key"],
    ["a chat token", { json: '{"SLACK_BOT_TOKEN": "x"}' }, "has a key of its own: talaria:slackBotToken."],
    [
      "a field of a chat platform",
      { json: '{"SLACK_ALLOWED_USERS": "x"}' },
      "SLACK_ALLOWED_USERS is what talaria:slack.allowedUsers declares",
    ],
    ["a variable of Talaria's", { json: '{"API_SERVER_KEY": "x"}' }, "is Talaria's to decide."],
    ["a variable that is plain, too", { json: '{"A": "x"}', plain: ["A"] }, "is also in talaria:environment"],
    ["a number", { json: '{"A": 7}' }, "secretEnvironment.A is not text."],
    ["text in place of names", { json: "hidden" }, "secretEnvironment has no names in it."],
    ["too much", { json: JSON.stringify({ A: "x".repeat(90_000) }) }, "secretEnvironment holds 90008 bytes"],
  ])("are refused for %s, and no value is told", (_what, keys, says) => {
    const { told } = read(keys);
    expect(told).toEqual([expect.stringContaining(says)]);
    expect(told.join()).not.toMatch(/"x"|hidden|xxx/);
  });

  it("are refused where they stand in plain text", () => {
    expect(read({ json: '{"A": "x"}' }, {}, false).told).toEqual([
      expect.stringContaining("stands in the stack's file"),
    ]);
  });

  it("travel in parts that a binding takes, in order, whatever their letters", () => {
    const variables = { LONG: "ä☤𝛑'\"\\\n".repeat(900), SHORT: "s", EMPTY: "" };
    const parts = secretParts(variables);
    expect(Object.keys(parts).length).toBeGreaterThan(3);
    for (const part of Object.values(parts)) expect(new TextEncoder().encode(part).length).toBeLessThanOrEqual(5_000);
    expect(Object.keys(parts)[1]).toBe("SECRET_ENVIRONMENT_2");
    expect(JSON.parse(Object.values(parts).join(""))).toEqual(variables);
    expect(secretParts({})).toEqual({});
  });
});
