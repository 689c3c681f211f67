import { describe, expect, it } from "vitest";
import { accountId, leastValues } from "../testing/source.ts";
import { answersSchema, draftOf } from "./answers.ts";
import { type Plan, planOf } from "./plan.ts";

const { accountId: _id, ...secrets } = leastValues;
const checkout = (files: Readonly<Record<string, string>> = {}) => ({
  project: "talaria",
  read: (file: string) => files[file],
});
const plan = (answers: unknown, files: Readonly<Record<string, string>> = {}): Plan =>
  planOf("ada", draftOf(answersSchema.parse(answers)), checkout(files));

describe("what init plans", () => {
  it("is a file that a deploy takes, without a secret in it", () => {
    const { files, problems, replaced } = plan({ accountId, environment: "dev", secrets });
    expect({ problems, replaced, states: files.map(({ state }) => state) }).toEqual({
      problems: undefined,
      replaced: [],
      states: ["new"],
    });
    expect(files[0]?.text).toContain(`  talaria:accountId: ${accountId}\n  talaria:sleepAfter: 30m\n`);
    for (const value of Object.values(secrets)) expect(files[0]?.text).not.toContain(value);
  });

  it("keeps comments, other keys and encrypted ones of a file that is there, and names what would become another", () => {
    const file = `# ours\nconfig:\n  talaria:accountId: ${accountId} # the company's\n  talaria:sleepAfter: never\n  talaria:deleteSnapshots: "true"\n  talaria:repositoryPassword:\n    secure: v1:abc\n`;
    const { cloudflareApiToken, anthropicApiKey } = secrets;
    const { files, problems, replaced } = plan(
      { accountId, environment: "dev", secrets: { cloudflareApiToken, anthropicApiKey } },
      { "Pulumi.ada.yaml": file },
    );
    expect(replaced).toEqual(["sleepAfter"]);
    expect(problems).toBeUndefined();
    expect(files[0]).toMatchObject({ state: "changed" });
    expect(files[0]?.text).toContain("# ours\n");
    expect(files[0]?.text).toContain("# the company's\n");
    expect(files[0]?.text).toContain("    secure: v1:abc\n");
  });

  it("is refused with the words of a deploy, and the line where it would stand", () => {
    const { problems } = plan({ accountId, secrets, chat: { slack: { allowedUsers: ["ada"] } } });
    expect(problems).toContain('talaria:slack.allowedUsers.0 "ada" is not a member id of Slack');
    expect(problems).toContain("(Pulumi.ada.yaml:");
  });

  it("names a secret that is set already and would become another", () => {
    const file = "config:\n  talaria:repositoryPassword:\n    secure: v1:abc\n";
    expect(plan({ accountId, secrets }, { "Pulumi.ada.yaml": file }).replaced).toEqual(["repositoryPassword"]);
  });
});
