import { describe, expect, it } from "vitest";
import { keysOf } from "./keyList.ts";
import { settingProblems } from "./settings.ts";
import { mergedSettings, type SettingsPlace, settingsFile } from "./sources.ts";

const told = (settings: Record<string, unknown>, version = "0.21.5") =>
  settingProblems(settings, version).map(({ path, reason, next }) => [`${path} ${reason}`, ...next].join(" "));

describe("a leaf of settings", () => {
  it("passes where Hermes has the key, and where it leaves the names below it to the user", () => {
    const settings = {
      agent: { max_turns: 40, restart_drain_timeout: 5 },
      display: { personality: "calm" },
      providers: { mine: { api: "https://models.example.com", extra_headers: { "x-team": "a" } } },
      toolsets: ["hermes-cli"],
      timezone: "Europe/Vienna",
      approvals: {},
    };
    expect(told(settings)).toEqual([]);
    expect(told(settings, "0.22.2.post1")).toEqual([]);
  });

  it("is refused where Hermes has none of that name, with what may be meant", () => {
    expect(told({ agent: { max_turn: 40 } })).toEqual([
      "agent.max_turn is no key of Hermes 0.21.5 (by 0.19.0 and 0.22.2.post1); you may mean agent.max_turns. Write it as settings.agent.max_turns.",
    ]);
    expect(told({ restart_drain_timeout: 3 })).toEqual([expect.stringContaining("mean agent.restart_drain_timeout")]);
    expect(told({ agent: { nonsense: { deep: 1 } } }, "0.19.0")).toEqual([
      "agent.nonsense.deep is no key of Hermes 0.19.0. Leave it out: Hermes would not read it.",
    ]);
  });

  it("is refused where its kind is another one", () => {
    expect(told({ agent: { max_turns: 40, restart_drain_timeout: "soon", verify_guidance: "yes" } })).toEqual([
      'agent.restart_drain_timeout "soon" is not a number. Write a number, or leave it out. Hermes\' own is 0.',
      'agent.verify_guidance "yes" is not true or false. Write true or false, or leave it out. Hermes\' own is true.',
    ]);
    expect(told({ approvals: ["manual"], toolsets: { a: 1 } })).toEqual([
      'approvals ["manual"] is not a mapping. Write a mapping, or leave it out.',
      "toolsets.a lies below toolsets, which takes a list. Set settings.toolsets itself.",
    ]);
    expect(told({ agent: { api_max_retries: null } })).toEqual([]);
  });

  it("is refused where it would not win: an empty mapping, and what Hermes reads in the home's own file alone", () => {
    expect(told({ providers: {} })).toEqual([
      "providers is declared empty, and Hermes takes no empty mapping over what the user set. Leave settings.providers out, or declare the leaves in it.",
    ]);
    expect(told({ skills: { disabled: ["news"] } })).toEqual([
      expect.stringContaining(
        "home's own config.yaml alone, past what a stack declares: ./talaria hermes -- config set",
      ),
    ]);
  });

  it("is refused where Talaria decides, with the key to use", () => {
    expect(told({ terminal: { backend: "local" }, model: { default: "x/y" } })).toEqual([
      "terminal.backend is Talaria's to decide. Commands run in Exec; how apart they are is talaria:exec.isolation.",
      "model.default is Talaria's to decide. Name the model in talaria:model.default.",
    ]);
  });

  it.each([
    ["by its shape", { custom_providers: [`sk-ant-${"a1".repeat(20)}`] }, "an API key"],
    ["by its name", { providers: { mine: { api_key: "correct horse battery" } } }, 'the value of "api_key"'],
    ["in a URL", { web: { backend: "https://me:hunter2@example.com" } }, "a URL with a password"],
    ["in a list of texts", { toolsets: ["a", "Bearer abcdefghijklmnop"] }, "a bearer token"],
  ])("is refused where it looks like a secret %s, and never quoted", (_how, settings, look) => {
    const [only, ...others] = told(settings);
    expect(others).toEqual([]);
    expect(only).toContain(`looks like ${look}`);
    for (const value of ["correct horse", "hunter2", "abcdefgh", "sk-ant"]) expect(only).not.toContain(value);
  });

  it("may name a variable in a secret's place", () => {
    expect(told({ providers: { mine: { api_key: "${MINE_KEY}" } } })).toEqual([]);
  });

  it("of a Hermes that no list covers is only held against what is Talaria's", () => {
    expect(keysOf("0.31.0")).toBeUndefined();
    expect(told({ brand: { new: 1 }, terminal: { backend: "local" } }, "0.31.0")).toHaveLength(1);
  });
});

describe("settings out of several places", () => {
  const place = (file: string, text: string): SettingsPlace => {
    const read = settingsFile(file, text);
    if ("reason" in read) throw new Error(read.reason);
    return read;
  };

  it("are merged key by key, a later place wins, a list goes as a whole, and each leaf knows its place", () => {
    const base = "agent:\n  max_turns: 20\n  verify_guidance: true\ntoolsets: [a, b]\n";
    const { settings, origins } = mergedSettings([
      place("base.yaml", base),
      place("prod.yaml", "toolsets:\n  - c\nagent:\n  max_turns: 30\n"),
      { file: undefined, tree: { agent: { api_max_retries: 1 } }, locate: () => "Pulumi.prod.yaml:7" },
    ]);
    expect(settings).toEqual({
      agent: { max_turns: 30, verify_guidance: true, api_max_retries: 1 },
      toolsets: ["c"],
    });
    expect(Object.fromEntries(origins)).toEqual({
      "agent.max_turns": "prod.yaml:4",
      "agent.verify_guidance": "base.yaml:3",
      "agent.api_max_retries": "Pulumi.prod.yaml:7",
      toolsets: "prod.yaml:1",
    });
  });

  it("name a mapping that takes a leaf's place, and a leaf that takes a mapping's, once", () => {
    const { origins } = mergedSettings([place("a.yaml", "x: 1\ny: {z: 1}"), place("b.yaml", "x: {w: 1}\ny: 2")]);
    expect(Object.fromEntries(origins)).toEqual({ "x.w": "b.yaml:1", y: "b.yaml:2" });
  });

  it.each([
    ["is not there", undefined, "is not there. Paths begin at the repository's top."],
    ["is no YAML", "a: [1\nb: 2", "is no YAML: "],
    ["is a list", "- a", "has no mapping at its top, as a config.yaml has."],
  ])("are refused where a file %s", (_what, text, reason) => {
    expect(settingsFile("settings.yaml", text)).toMatchObject({ reason: expect.stringContaining(reason) });
  });
});
