import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { accountId, leastValues } from "../../testing/source.ts";
import { emptyDraft, joined, type StackDraft } from "../draft.ts";
import { planOf } from "../plan.ts";
import { aHome, secret } from "../testing/aHome.ts";
import { fromHome } from "./index.ts";
import { HomeProblem } from "./place.ts";

const checkout = { project: "talaria", read: () => undefined };
const found = (folder: string, options?: string): StackDraft => fromHome("ada", folder, options, checkout);
const { accountId: _id, ...secrets } = leastValues;
const asked = { ...emptyDraft, config: { accountId }, secrets };
const settingsOf = ({ files }: StackDraft): unknown => parse(files["settings/ada.yaml"]?.text ?? "");

describe("an existing home", () => {
  it("becomes keys, settings that somebody chose, and secrets; and a deploy takes it", () => {
    const draft = found(aHome());
    expect(draft.config).toMatchObject({
      model: { default: "anthropic/claude-opus-4-8" },
      slack: { allowedUsers: ["U01ABC2DE3F", "U01ABC2DE3G"], requireMention: false },
      telegram: { pairing: true },
      timezone: "Europe/Berlin",
      settingsFiles: ["settings/ada.yaml"],
      authFile: "secrets/ada/auth.json",
      documents: {
        "SOUL.md": { file: "documents/ada/SOUL.md" },
        "workspace/AGENTS.md": { file: "documents/ada/workspace/AGENTS.md" },
      },
      mcpServers: {
        github: {
          command: "npx",
          args: ["-y", "@modelcontextprotocol/server-github@2025.4.8"],
          env: { GITHUB_TOKEN: "${GITHUB_TOKEN}", LOG: "/tmp/log", VERBOSE: "true" },
          connectTimeout: 30,
          tools: { include: ["search_*"] },
          sampling: { maxTokensCap: 512 },
        },
        remote: { headers: { "X-Whatever": "${MCP_REMOTE_X_WHATEVER}", Accept: "text/plain" } },
        db: { args: ["-m", "db", "${MCP_DB_ARGS_2}"] },
      },
    });
    expect(draft.secrets).toEqual({
      anthropicApiKey: secret.anthropic,
      slackBotToken: secret.slackBot,
      slackAppToken: secret.slackApp,
      telegramBotToken: secret.telegram,
    });
    expect(settingsOf(draft)).toEqual({
      agent: { max_turns: 60 },
      terminal: { timeout: 240 },
      auxiliary: { vision: { provider: "openrouter", api_key: "${AUXILIARY_VISION_API_KEY}" } },
      custom_providers: [
        { name: "mine", base_url: "https://models.example.com/v1", api_key: "${CUSTOM_PROVIDERS_0_API_KEY}" },
      ],
    });
    expect(draft.secretEnvironment).toMatchObject({
      TAVILY_API_KEY: secret.tavily,
      AUXILIARY_VISION_API_KEY: secret.vision,
    });
    expect(draft.files["secrets/ada/auth.json"]).toMatchObject({ secret: true });
    expect(planOf("ada", joined(draft, asked), checkout).problems).toBeUndefined();
  });

  it("says of everything else, in a sentence, what stands in its place", () => {
    const { notes } = found(aHome());
    for (const part of [
      "terminal.backend: Commands run in Exec; how apart they are is talaria:exec.isolation.",
      "terminal.*: commands run in sandboxes of their own",
      "API_SERVER_KEY: The API server is Talaria's way in",
      "TERMINAL_ENV: Commands run in Exec",
      "whatsapp: does not work here, it pairs by a QR code",
      "settings.no_such_key.at is no key of Hermes",
      "model.base_url https://api.anthropic.com: the Worker asks anthropic itself.",
      "Telegram: no list of who may talk to it was found",
    ])
      expect(notes.join("\n")).toContain(part);
    expect(new Set(notes).size).toBe(notes.length);
  });

  it("leaves to its owner what a deploy would refuse, with the reason, and declares the rest", () => {
    const servers = {
      loose: { command: "npx", args: ["-y", "some-server"] },
      kept: { url: "https://mcp.example.com/mcp" },
    };
    const draft = found(aHome({ ".hermes/config.yaml": JSON.stringify({ mcp_servers: servers }) }));
    expect(draft.config.mcpServers).toEqual({ kept: { url: "https://mcp.example.com/mcp" } });
    expect(draft.notes.join("\n")).toContain('mcpServers.loose.args installs "some-server", which may be another one');
  });

  it("has no secret in a plain place, neither in a file nor in what is said", () => {
    const draft = found(aHome());
    const plan = planOf("ada", joined(draft, asked), checkout);
    const plain = [
      ...plan.files.filter((file) => !file.secret).map(({ text }) => text),
      ...draft.notes,
      plan.problems ?? "",
    ];
    for (const value of Object.values(secret)) for (const text of plain) expect(text).not.toContain(value);
  });

  it("keeps a SOUL.md that somebody wrote, and leaves Hermes' own to Hermes", () => {
    const scaffold =
      "\ufeffYou are Hermes Agent, an intelligent AI assistant created by Nous Research. You are helpful, knowledgeable, and direct. You assist users with a wide range of tasks including answering questions, writing and editing code, analyzing information, creative work, and executing actions via your tools. You communicate clearly, admit uncertainty when appropriate, and prioritize being genuinely useful over being verbose unless otherwise directed below. Be targeted and efficient in your exploration and investigations.\r\n";
    expect(Object.keys(found(aHome()).files)).toContain("documents/ada/SOUL.md");
    expect(Object.keys(found(aHome({ ".hermes/SOUL.md": scaffold })).files)).not.toContain("documents/ada/SOUL.md");
  });

  it.each([
    [
      "anthropic/claude-opus-4.8",
      "OPENROUTER_API_KEY=or-1234567890",
      { default: "openrouter/anthropic/claude-opus-4.8" },
    ],
    [{ default: "gpt-5.4", provider: "openai-codex" }, "", { default: "openai-codex/gpt-5.4" }],
    [
      { default: "m", base_url: "https://m.example.com/v1", api_key: "k-0123456789", context_length: 100_000 },
      "",
      { default: "custom/m", baseUrl: "https://m.example.com/v1", contextLength: 100_000 },
    ],
    [{ default: "grok-5", provider: "xai" }, "XAI_API_KEY=x-1234567890", undefined],
  ])("has the model %j, as Hermes itself would find it", (model, variables, expected) => {
    const home = aHome({
      ".hermes/config.yaml": JSON.stringify({ _config_version: 33, model }),
      ".hermes/.env": variables,
    });
    const { config: declared, notes } = found(home);
    expect(declared.model).toEqual(expected);
    if (expected === undefined) expect(notes.join("\n")).toContain("model grok-5 of the provider xai");
  });

  it("is refused with the reason where a folder is none", () => {
    expect(() => found("/no/such/folder")).toThrow(new HomeProblem("is not there."));
    const empty = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-home-"));
    onTestFinished(() => fs.rmSync(empty, { recursive: true }));
    expect(() => found(empty)).toThrow("holds no Hermes");
    expect(() => found(aHome({ ".hermes/config.yaml": "a: [" }))).toThrow("has a config.yaml that is no YAML: line 1");
  });
});

describe("options of the NixOS module", () => {
  const options = {
    enable: true,
    user: "bot",
    group: "hermes",
    createUser: true,
    stateDir: "/srv/bot",
    addToSystemPackages: true,
    extraPackages: ["/nix/store/0-ripgrep"],
    container: {
      enable: true,
      backend: "podman",
      extraVolumes: ["/home/me:/me"],
      image: "ubuntu:24.04",
      hostUsers: [],
    },
    settings: { agent: { max_turns: 40 }, terminal: { backend: "docker" } },
    environment: { LANG_HINT: "de", GITHUB_TOKEN: secret.github, SLACK_ALLOWED_USERS: "U01ABC2DE3F" },
    restart: "on-failure",
    documents: { "notes.md": "Be brief.", ".hermes/SOUL.md": "/nix/store/0-SOUL.md", "../../out.md": "x" },
    mcpServers: {
      remote: {
        command: null,
        args: [],
        env: {},
        url: "https://mcp.example.com/mcp",
        headers: {},
        auth: "oauth",
        enabled: true,
        tools: null,
      },
    },
  };

  it("are declared in place of config.yaml, and those without a meaning are answered with a sentence each", () => {
    const folder = aHome({
      ".hermes/.managed": "nixos",
      "options.json": JSON.stringify({ services: { "hermes-agent": options } }),
    });
    const draft = found(folder);
    expect(settingsOf(draft)).toEqual({ agent: { max_turns: 40 } });
    expect(draft.config).toMatchObject({
      environment: { LANG_HINT: "de" },
      slack: { allowedUsers: ["U01ABC2DE3F"] },
      mcpServers: { remote: { url: "https://mcp.example.com/mcp", auth: "oauth" } },
      documents: { "workspace/notes.md": {}, "SOUL.md": {} },
      restart: { policy: "on-failure" },
    });
    expect(draft.files["documents/ada/SOUL.md"]?.text).toBe("Speak like a captain.\n");
    expect(Object.keys(draft.files).join()).not.toContain("..");
    expect(draft.secretEnvironment).toMatchObject({ GITHUB_TOKEN: secret.github });
    const said = draft.notes.join("\n");
    for (const name of [
      "user",
      "stateDir",
      "addToSystemPackages",
      "extraPackages",
      "container.enable",
      "container.backend",
      "container.extraVolumes",
      "terminal.backend",
    ])
      expect(said).toMatch(new RegExp(`^${name}: [A-Z].*\\.$`, "m"));
    for (const name of ["group", "createUser", "container.image", "container.hostUsers"])
      expect(said).not.toContain(`${name}: `);
  });

  it("of a Nix file are known by their names alone, and how to have their values is said", () => {
    const nix = `{ services.hermes-agent = { enable = true; # user = "x";\n createUser = false; container = { enable = true; backend = "podman"; }; }; }`;
    const folder = aHome({ "hermes.nix": nix });
    const said = found(folder).notes.join("\n");
    expect(said).toContain("createUser: Hermes runs as the user hermes");
    expect(said).toContain("container.backend: The bot always runs in a container");
    expect(said).not.toMatch(/^user: /m);
    expect(said).toContain("nix eval --json");
  });

  it("are asked for where a managed home comes without them", () => {
    expect(found(aHome({ ".hermes/.managed": "nixos" })).notes.join("\n")).toContain(
      ".managed: nixos wrote config.yaml and .env",
    );
  });
});
