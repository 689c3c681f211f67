import { describe, expect, it } from "vitest";
import { changeWords, type DeclaredUpload } from "./changeWords.ts";

const upload = (change: Partial<DeclaredUpload> = {}): DeclaredUpload => ({
  ...{ bundle: "b1", declared: {}, secrets: {} },
  ...change,
});
const lines = (before: Partial<DeclaredUpload>, after: Partial<DeclaredUpload>) =>
  changeWords(upload(before), upload(after)).lines;
const declared = (before: Record<string, string>, after: Record<string, string>) =>
  lines({ declared: before }, { declared: after });

describe("what a preview says of the Worker", () => {
  it("is nothing where nothing changes", () => {
    expect(changeWords(upload(), upload())).toEqual({ lines: [], reachesTheBox: false });
  });

  it("is for each leaf what becomes of the bot by it", () => {
    const before = {
      "settings.agent.max_turns": "60",
      corsOrigins: '["https://a"]',
      "settings.toolsets": "[]",
      "environment.TZ": '"UTC"',
      "agent.network": '"none"',
    };
    const after = {
      "settings.agent.max_turns": "77",
      "exec.network": '"none"',
      "agent.network": '"internet"',
      engine: '"docker"',
    };
    expect(declared(before, after)).toEqual([
      'agent.network "none" → "internet": replaces the container (network)',
      "corsOrigins is no longer declared: nothing to do in the box",
      'engine = "docker": replaces the container (engine)',
      "environment.TZ is no longer declared: restarts the gateway",
      'exec.network = "none": replaces Exec\'s containers, each as soon as nothing runs in it',
      "settings.agent.max_turns 60 → 77: restarts the gateway",
      "settings.toolsets is no longer declared, and the user's value or the default counts again: restarts the gateway",
    ]);
  });

  it("names the size where that replaces a container", () => {
    expect(
      declared(
        { "sizes.hermes": '"standard-1"', "sizes.exec": '"basic"' },
        { "sizes.hermes": '"1 vCPU, 4 GiB, 8 GB"', "sizes.exec": '"lite"' },
      ),
    ).toEqual([
      `sizes.exec "basic" → "lite": replaces Exec's containers, each as soon as nothing runs in it`,
      'sizes.hermes "standard-1" → "1 vCPU, 4 GiB, 8 GB": replaces the container (size)',
    ]);
  });

  it("says what a month would cost then, and the difference to what is deployed", () => {
    expect(declared({ cost: "$12.01" }, { cost: "$36.25" })).toEqual([
      "a month's cost $12.01 → $36.25, $24.24 more: an estimate by Cloudflare's prices, without model tokens",
    ]);
    expect(declared({ cost: "$36.25" }, { cost: "$16.09" })).toEqual([expect.stringContaining(", $20.16 less:")]);
    expect(declared({ engine: "1" }, { engine: "1", cost: "$16.09" })).toEqual([
      "a month's cost = $16.09: an estimate by Cloudflare's prices, without model tokens",
    ]);
    const { reachesTheBox } = changeWords(upload({ declared: { cost: "$1" } }), upload({ declared: { cost: "$2" } }));
    expect(reachesTheBox).toBe(false);
  });

  it("names an image by its end, once, and one that is still to be built", () => {
    const image = (digest: string) => `"registry.cloudflare.com/account/bot-hermes@sha256:${digest.repeat(64)}"`;
    const known = { "images.hermes": image("a"), "images.care": image("a"), "tags.hermes": '"x"' };
    const [line, ...more] = declared(known, {
      "images.hermes": image("b"),
      "images.care": image("b"),
      "tags.hermes": '"y"',
    });
    expect(more).toEqual([]);
    expect(line).toMatch(
      /^images\.hermes "registry\.c\S*…a+" → "registry\.c\S*…b+": replaces the container \(image\)$/,
    );
    const built = declared({ "images.hermes": '"a"' }, { "images.hermes": "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
    expect(built).toEqual(['images.hermes "a" → known once it is built: replaces the container (image)']);
  });

  it("names each document, skill and plugin, and says what becomes of one that the agent has edited", () => {
    const before = {
      "documents.SOUL.md": "sha256 aaaaaaaaaaaa, 9 bytes",
      "documents.workspace/AGENTS.md": "sha256 aaaaaaaaaaaa, 9 bytes",
      "documents.kept.md": "sha256 cccccccccccc, 1 bytes",
      "skills.review": "sha256 aaaaaaaaaaaa, 900 bytes",
    };
    const after = {
      "documents.SOUL.md": "sha256 bbbbbbbbbbbb, 12 bytes",
      "documents.memories/USER.md": "sha256 dddddddddddd, 4 bytes",
      "documents.kept.md": "sha256 cccccccccccc, 1 bytes",
      "plugins.honcho": "true",
    };
    expect(declared(before, after)).toEqual([
      "document SOUL.md changes (9 bytes → 12 bytes): restarts the gateway, which writes it; one that the agent has edited stays beside it as SOUL.md.agent-DATE",
      "document memories/USER.md is new (4 bytes): restarts the gateway, which writes it; a file that is there stays beside it as USER.md.agent-DATE",
      "document workspace/AGENTS.md is no longer declared: restarts the gateway, which removes it, and in each workspace before its next command; one that the agent has edited stays, and is its own",
      "plugin honcho is new (by a package): restarts the gateway",
      "skill review is no longer declared: restarts the gateway",
    ]);
  });

  it("is of a secret its name alone", () => {
    const before = { SLACK_BOT_TOKEN: "xoxb-1", ANTHROPIC_API_KEY: "sk-1", SECRET_ENVIRONMENT_1: "{}" };
    const after = { SLACK_BOT_TOKEN: "xoxb-2", ANTHROPIC_API_KEY: "sk-2", OPERATOR_SLACK_BOT_TOKEN: "xoxb-3" };
    expect(lines({ secrets: before }, { secrets: after })).toEqual([
      "secret ANTHROPIC_API_KEY has another value: nothing to do in the box",
      "secret OPERATOR_SLACK_BOT_TOKEN is new: nothing to do in the box",
      "secret SECRET_ENVIRONMENT_1 goes: restarts the gateway",
      "secret SLACK_BOT_TOKEN has another value: restarts the gateway",
    ]);
  });

  it("is nothing of a rotated secret whose old value's time is over", () => {
    const rotating = (current: string, previous?: string) => JSON.stringify({ current, ...(previous && { previous }) });
    const name = "API_SERVER_KEY";
    expect(lines({ secrets: { [name]: rotating("new", "old") } }, { secrets: { [name]: rotating("new") } })).toEqual(
      [],
    );
    expect(lines({ secrets: { [name]: rotating("old") } }, { secrets: { [name]: rotating("new", "old") } })).toEqual([
      "secret API_SERVER_KEY has another value: restarts the gateway",
    ]);
  });

  it("tells code alone from what reaches the container", () => {
    const code = changeWords(upload(), upload({ bundle: "b2" }));
    expect(code).toEqual({ lines: ["the Worker's code: nothing to do in the box"], reachesTheBox: false });
    expect(changeWords(upload(), upload({ declared: { "settings.a": "1" } })).reachesTheBox).toBe(true);
  });

  it("says nothing of leaves where the last upload named none, and not more than can be read", () => {
    expect(lines({ declared: undefined }, { declared: { "settings.a": "1" } })).toEqual([]);
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`settings.k${at}`, "1"]));
    expect(declared({}, many).at(-1)).toBe("and 20 more");
  });
});
