/** Documents, a skill and a plugin that the stack declares: in the prompt, edited by the agent, declared anew, and no longer. */
import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "./bot.ts";
import { CheckoutCopy } from "./checkoutCopy.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const minute = 60_000;
const declared = `
  talaria:workingDirectory: project
  talaria:documents:
    SOUL.md: { file: docs/SOUL.md }
    workspace/project/AGENTS.md: The style is called Tabs.
  talaria:skills: { review: skills/review }
  talaria:plugins: { notes: plugins/notes }`;
const files: Readonly<Record<string, string>> = {
  "docs/SOUL.md": "My soul is called Heron.\n",
  "skills/review/SKILL.md":
    "---\nname: review\ndescription: The review is called Twice.\n---\n# Review\nRead it two times.\n",
  "plugins/notes/plugin.yaml": "name: notes\nversion: 1.0.0\ndescription: Counts notes.\n",
  "plugins/notes/__init__.py": `
def register(ctx):
    schema = {"name": "note_count", "description": "How many notes.", "parameters": {"type": "object", "properties": {}}}
    ctx.register_tool(name="note_count", toolset="notes", schema=schema, handler=lambda args, **_: "seven notes")
`,
};
const learned = "---\nname: learned\ndescription: The lesson is called Patience.\n---\n# Learned\n";

let local: LocalSystem;
let bot: Bot;
let copy: CheckoutCopy;

beforeAll(async () => {
  local = await startLocal({
    copy: async (stateDir) => {
      copy = await CheckoutCopy.make(path.join(stateDir, "checkout"));
      for (const [name, text] of Object.entries(files)) await write(name, text);
      await copy.setLastLine("Pulumi.local.yaml", declared);
      return copy.folder;
    },
  });
  bot = new Bot(local);
}, 15 * minute);
afterAll(async () => {
  await local?.stop();
});

async function write(name: string, text: string): Promise<void> {
  const file = path.join(copy.folder, name);
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, text);
}

const asked = async (content: string, session?: string) =>
  (await bot.chat(content, session === undefined ? {} : { session })).text;
const name = (thing: string) => asked(`What is ${thing} called?`);
/** What the agent's user does in the bot's container. */
const byHand = async (line: string) => {
  const command = `printf '%s\\nexit\\n' "$INPUT" | ./talaria shell`;
  return mustPass(await local.commands.exec("sh", ["-c", command], { ...local.env, INPUT: line })).stdout;
};
const up = async () => mustPass(await local.pulumi(["up", "--yes", "--skip-preview"]));
const drift = async () => mustPass(await local.talaria(["config", "--drift"])).stdout;

describe("what a stack declares of files", () => {
  it("is what Hermes goes by: identity, rules of the place that it works in, skill and plugin", {
    timeout: 5 * minute,
  }, async () => {
    expect(await name("my soul")).toContain("It is called Heron.");
    expect(await name("the style")).toContain("It is called Tabs.");
    expect(await name("the review")).toContain("It is called Twice.");
    expect(await asked("TOOL note_count {}")).toContain("seven notes");
    const seen = await asked("RUN basename $PWD; cat AGENTS.md", "s");
    expect(seen).toContain("project");
    expect(seen).toContain("The style is called Tabs.");
    expect(await drift()).toBe("no difference\n");
  });

  it("stays as the agent has edited it, through a restart, and config --drift says so", {
    timeout: 5 * minute,
  }, async () => {
    await byHand(`echo My soul is called Crow. > ~/.hermes/SOUL.md
mkdir -p ~/.hermes/skills/learned && printf '%s' '${learned}' > ~/.hermes/skills/learned/SKILL.md`);
    await asked("RUN echo The style is called Mine. > AGENTS.md", "s");
    mustPass(await local.talaria(["restart", "--gateway"]));
    expect(await name("my soul")).toContain("It is called Crow.");
    expect(await name("the lesson")).toContain("It is called Patience.");
    expect(await drift()).toMatch(
      /^documents\.SOUL\.md .*\n {4}edited in the box: it stays so until another text is declared\n$/m,
    );
  });

  it("is written where another text is declared, and what the agent wrote stays beside it", {
    timeout: 8 * minute,
  }, async () => {
    await write("docs/SOUL.md", "My soul is called Swan.\n");
    const style = 'talaria:documents["workspace/project/AGENTS.md"]';
    mustPass(await local.pulumi(["config", "set", "--path", style, "The style is called Spaces."]));
    const preview = mustPass(await local.pulumi(["preview"])).output;
    expect(preview).toMatch(
      /document SOUL\.md changes .*: restarts the gateway.* stays beside it as SOUL\.md\.agent-DATE/,
    );
    expect(preview).toContain("document workspace/project/AGENTS.md changes");
    expect(preview).not.toMatch(/(?:skill|plugin) \w+ (?:changes|is new)/);
    await up();
    expect(await name("my soul")).toContain("It is called Swan.");
    expect(await name("the style")).toContain("It is called Spaces.");
    expect(await byHand("cat ~/.hermes/SOUL.md.agent-*")).toContain("My soul is called Crow.");
    const seen = await asked("RUN cat AGENTS.md; cat AGENTS.md.agent-*", "s");
    expect(seen).toContain("called Spaces.");
    expect(seen).toContain("called Mine.");
    expect(await drift()).toBe("no difference\n");
  });

  it("is gone once it is no longer declared, and what the agent learned is not", {
    timeout: 8 * minute,
  }, async () => {
    for (const key of ["documents", "skills", "plugins"])
      mustPass(await local.pulumi(["config", "rm", `talaria:${key}`]));
    await up();
    for (const thing of ["my soul", "the style", "the review"]) expect(await name(thing)).toContain("I do not know");
    expect(await name("the lesson")).toContain("It is called Patience.");
    expect(await asked("RUN ls", "s")).not.toMatch(/AGENTS\.md(?!\.agent)/);
    expect(await byHand("cat ~/.hermes/SOUL.md.agent-*; ls ~/.hermes/plugins")).not.toContain("notes");
    expect(await drift()).toBe("no difference\n");
  });
});
