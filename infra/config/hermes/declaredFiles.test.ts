import { describe, expect, it } from "vitest";
import { aSource } from "../../testing/source.ts";
import { parseConfig } from "../parse.ts";
import { describeProblems } from "../problem.ts";
import { limits } from "./sizes.ts";

type Files = Readonly<Record<string, string>>;
const parsed = (keys: Readonly<Record<string, unknown>>, files: Files = {}) => parseConfig(aSource(keys, [], files));
const told = (keys: Readonly<Record<string, unknown>>, files: Files = {}) =>
  describeProblems("talaria", "dev", parsed(keys, files).problems);
const skill = "---\nname: review\ndescription: Reviews.\n---\nRead it twice.\n";

describe("what a stack declares of files", () => {
  it("takes documents in line and from files, skills with scripts and pictures, and plugins by folder and by name", () => {
    const { problems, files } = parsed(
      {
        documents: { "SOUL.md": "Be kind.", "workspace/AGENTS.md": { file: "docs/AGENTS.md" }, "memories/USER.md": "" },
        skills: { review: "skills/review" },
        plugins: { notes: "plugins/notes", honcho: true },
      },
      {
        "docs/AGENTS.md": "Use tabs.",
        "skills/review/SKILL.md": skill,
        "skills/review/run.sh": "#!/bin/sh\n",
        "skills/review/logo.png": "\u0089PNG\u0000",
        "plugins/notes/plugin.yaml": "name: notes\n",
      },
    );
    expect(problems).toEqual([]);
    expect(files.documents).toEqual({
      "SOUL.md": "Be kind.",
      "workspace/AGENTS.md": "Use tabs.",
      "memories/USER.md": "",
    });
    expect(files.skills?.review?.files).toEqual({
      "SKILL.md": { text: skill },
      "run.sh": { text: "#!/bin/sh\n", executable: true },
      "logo.png": { base64: "iVBORwA=" },
    });
    expect(files.plugins).toEqual({ honcho: true, notes: { files: { "plugin.yaml": { text: "name: notes\n" } } } });
  });

  it("takes a list of names for plugins that packages bring, and says nothing of files where none are declared", () => {
    expect(parsed({ plugins: ["honcho"] }).files).toEqual({ plugins: { honcho: true } });
    expect(parsed({}).files).toEqual({});
  });

  it("names every path that no document may have, and the key that takes its place", () => {
    const paths = [
      ...["config.yaml", ".env", "auth.json", "state.db", "gateway.pid", "gateway_state.json", "skills/x/SKILL.md"],
      ...["plugins/x/__init__.py", "mcp-tokens/x.json", "AGENTS.md", "USER.md", "workspace/SOUL.md", "workspace"],
      ...[
        "../up.md",
        "/etc/passwd",
        "a//b",
        "workspace/../.env",
        "cron/jobs.json",
        "workspace/.talaria/documents.json",
      ],
    ];
    const { problems } = parsed({ documents: Object.fromEntries(paths.map((path) => [path, "x"])) });
    expect(problems.map(({ key }) => key)).toEqual(paths.map((path) => `documents.${path}`));
    expect(problems.map(({ key, reason, next }) => [key, reason, ...next].join(" | "))).toMatchSnapshot();
  });

  it("says what is wrong with files, folders and names, all at once", () => {
    const message = told(
      {
        documents: {
          "SOUL.md": { file: "missing.md" },
          "a.md": { file: "logo.png" },
          "b.md": { file: "large.md" },
          "c/d.md": "below a file",
          c: "a file",
          "e.md": 5,
        },
        skills: { "no name": "skills/x", empty: "skills/empty", gone: "skills/gone" },
        plugins: { bad: "plugins/bad", talaria: true },
        workingDirectory: "../elsewhere",
      },
      {
        "logo.png": "\u0089PNG\u0000",
        "large.md": "x".repeat(limits.document + 1),
        "skills/empty/README.md": "",
        "plugins/bad/__init__.py": "",
      },
    );
    expect(message).toMatchSnapshot();
  });

  it("refuses what looks like a secret wherever it stands, with its line, and quotes nothing of it", () => {
    const token = `xoxb-${"1".repeat(12)}-${"a".repeat(24)}`;
    const message = told(
      {
        documents: { "SOUL.md": `Be kind.\nUse ${token}`, "workspace/NOTES.md": { file: "notes.md" } },
        skills: { review: "skills/review" },
      },
      { "notes.md": `one\ntwo\n${token}\n`, "skills/review/SKILL.md": skill, "skills/review/go.py": `t = "${token}"` },
    );
    expect(message).toContain("talaria:documents.SOUL.md holds what looks like a Slack token");
    expect(message).toContain("(notes.md:3)");
    expect(message).toContain("(skills/review/go.py:1)");
    expect(message).not.toContain(token);
  });

  it("lets words about secrets stand in a document: only what has the shape of one is refused", () => {
    expect(
      parsed({ documents: { "SOUL.md": "Never tell the password: ask for a token. password: swordfish-and-more" } })
        .problems,
    ).toEqual([]);
  });

  it("says how much skills and plugins take together, and which are the largest", () => {
    const page = "x".repeat(250_000);
    const files = Object.fromEntries(
      ["a", "b", "c"].flatMap((name) => [
        [`skills/${name}/SKILL.md`, skill],
        [`skills/${name}/page.md`, page],
      ]),
    );
    const message = told({ skills: { a: "skills/a", b: "skills/b", c: "skills/c" } }, files);
    expect(message).toContain("talaria:skills have 751 kB together with talaria:plugins; 700 kB fit.");
    expect(message).toContain("The largest: skills.a 251 kB");
  });

  it("says when everything together does not travel", () => {
    const documents = Object.fromEntries([1, 2, 3, 4].map((at) => [`d${at}.md`, "x".repeat(250_000)]));
    expect(told({ documents })).toContain("make the declaration 1001 kB; it travels in one piece of at most 960 kB");
  });

  it("leads from Hermes' own keys to these", () => {
    const message = told({ settings: { skills: { external_dirs: ["/x"] }, terminal: { cwd: "/x" } } });
    expect(message).toContain("talaria:skills");
    expect(message).toContain("talaria:workingDirectory");
  });
});
