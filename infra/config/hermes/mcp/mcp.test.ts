import { describe, expect, it } from "vitest";
import { declarationSchema } from "../../../../worker/declarationSchema.ts";
import { botConfig } from "../../../config.ts";
import { aSource } from "../../../testing/source.ts";
import { mcpDeclaration, mcpPackages } from "./declaration.ts";

/** What a person reads when a stack declares these servers. */
function told(mcpServers: Record<string, unknown>, more: Record<string, unknown> = {}): string {
  try {
    botConfig(aSource({ mcpServers, ...more }));
  } catch (error) {
    return String((error as Error).message);
  }
  return "no problem";
}
const servers = (mcpServers: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  botConfig(aSource({ mcpServers, ...more })).mcpServers;
const token = { secretEnvironment: { LINEAR_TOKEN: "a-token-of-the-test" } };

describe("an MCP server", () => {
  it("is told to the container under Hermes' own names, without what stays here", () => {
    const declared = mcpDeclaration(
      servers(
        {
          linear: {
            url: "https://mcp.example.com/mcp",
            headers: { "X-Api-Key": "${LINEAR_TOKEN}", "X-Team": 7 },
            connectTimeout: 20,
            sampling: { maxTokensCap: 100, allowedModels: ["a/b"] },
            tools: { include: ["list_*"], exclude: ["delete"] },
          },
          local: { command: "python3", args: ["-m", "server", 8080], env: { someName: "x" }, enabled: false },
        },
        token,
      ),
    );
    expect(declared).toEqual({
      linear: {
        hermes: {
          url: "https://mcp.example.com/mcp",
          headers: { "X-Api-Key": "${LINEAR_TOKEN}", "X-Team": "7" },
          connect_timeout: 20,
          sampling: { max_tokens_cap: 100, allowed_models: ["a/b"] },
          tools: { include: ["list_*"], exclude: ["delete"] },
        },
        runIn: "agent",
      },
      local: {
        hermes: { command: "python3", args: ["-m", "server", "8080"], env: { someName: "x" }, enabled: false },
        runIn: "agent",
      },
    });
    expect(declarationSchema.shape.mcpServers.parse(declared)).toEqual(declared);
  });

  it("has the packages of its command in the image, in one exact version", () => {
    const some = servers({
      files: {
        command: "npx",
        args: ["-y", "@modelcontextprotocol/server-filesystem@2025.7.1", "/workspace"],
        runIn: "exec",
      },
      time: { command: "uvx", args: ["mcp-server-time@2.0.1", "--utc"] },
      git: { command: "uvx", args: ["--from", "mcp-server-git==1.2", "mcp-git"] },
      own: { command: "python", args: ["-m", "own"], packages: ["own==3.1", "more[x]==2"] },
    });
    expect(mcpPackages(some, "agent")).toBe(
      "git:pip:mcp-git:mcp-server-git==1.2 own:pip:python:own==3.1,more[x]==2 time:pip:mcp-server-time:mcp-server-time==2.0.1",
    );
    expect(mcpPackages(some, "exec")).toBe("files:npm::@modelcontextprotocol/server-filesystem@2025.7.1");
    const { files, own, time } = mcpDeclaration(some);
    expect([files?.installedArgs, own?.installedArgs, time?.installedArgs]).toEqual([
      ["/workspace"],
      ["-m", "own"],
      ["--utc"],
    ]);
  });

  it.each([
    [["npx", "-y", "some-server"], 'installs "some-server", which may be another one', "some-server@1.2.3"],
    [["npx", "@scope/pkg@latest"], 'installs "@scope/pkg@latest"', "write @scope/pkg@1.2.3"],
    [["uvx", "mcp-server-time"], 'installs "mcp-server-time"', "pip index versions mcp-server-time"],
    [["uvx", "--from", "git+https://x/y", "run-it"], 'installs "git+https://x/y"', "==1.2.3"],
    [["npx"], "names no package", "npm view"],
    [["npm", "start"], "starts `npm start`", "Start it by npx, uvx"],
  ])("is refused where %j would install something that is not pinned", ([command = "", ...args], reason, next) => {
    const text = told({ some: { command, args } });
    expect(text).toContain(`talaria:mcpServers.some.args ${reason}`);
    if (command !== "npx" || args.length > 0) expect(text).toContain(next);
  });

  it("is a program or an address, and has the fields of one of them", () => {
    expect(told({ some: {} })).toContain("talaria:mcpServers.some has neither a command nor a url");
    expect(told({ some: { command: "a", url: "https://a.example" } })).toContain("has a command and a url");
    expect(told({ some: { command: "a", headers: { a: "b" } } })).toContain("mcpServers.some.headers belongs to a url");
    expect(told({ some: { url: "https://a.example", args: ["b"] } })).toContain(
      "mcpServers.some.args belongs to a command",
    );
    expect(told({ some: { url: "https://a.example", runIn: "exec" } })).toContain("it runs where it is");
    expect(told({ some: { url: "http://a.example" } })).toContain('"http://a.example" is not an https:// URL');
    expect(told({ some: { url: "http://127.0.0.1:99/mcp" } })).toBe("no problem");
    expect(told({ some: { url: "https://a.example", oauth: { scope: "a" } } })).toContain("`auth` is not oauth");
  });

  it("names what may be meant by a field that nobody knows, also further in", () => {
    const text = told({ some: { command: "a", tols: {}, sampling: { maxTokenCap: 1 } } });
    expect(text).toContain(
      "talaria:mcpServers.some.tols is not a field that Talaria knows; talaria:mcpServers.some may mean tools.",
    );
    expect(text).toContain("pulumi config rm --path talaria:mcpServers.some.tols");
    expect(text).toContain(
      "talaria:mcpServers.some.sampling.maxTokenCap is not a field that Talaria knows; talaria:mcpServers.some.sampling may mean maxTokensCap.",
    );
    expect(told({ "my server": { command: "a" } })).toContain("talaria:mcpServers.my server is not a name");
    expect(told({ some: { command: "a", enabled: "yes" } })).toContain(
      'mcpServers.some.enabled "yes" is neither true nor false',
    );
  });

  it.each([
    [
      { url: "https://a.example", headers: { Authorization: "Bearer abcdefghijklmnop" } },
      "headers.Authorization",
      "a bearer token",
    ],
    [
      { url: "https://a.example", headers: { Authorization: "Basic aHVudGVyMjI=" } },
      "headers.Authorization",
      'the value of "Authorization"',
    ],
    [{ url: "https://me:hunter22@a.example" }, "url", "a URL with a password"],
    [{ command: "a", env: { API_TOKEN: "hunter22-hunter22" } }, "env.API_TOKEN", 'the value of "API_TOKEN"'],
    [{ command: "a", args: ["--api-key", "hunter22-hunter22"] }, "args[1]", 'the value of "api-key"'],
    [{ command: "a", args: ["--token=hunter22-hunter22"] }, "args[0]", 'the value of "token"'],
    [
      { url: "https://a.example", auth: "oauth", oauth: { clientSecret: "hunter22-hunter22" } },
      "oauth.clientSecret",
      'the value of "clientSecret"',
    ],
  ])("never holds a secret in plain text, and none is quoted: %#", (server, field, look) => {
    const text = told({ some: server });
    expect(text).toContain(`talaria:mcpServers.some.${field} looks like ${look}`);
    expect(text).toContain("pulumi config set --secret --path talaria:secretEnvironment.NAME");
    expect(text).not.toMatch(/hunter22|abcdefgh|aHVudGVyMjI/);
  });

  it("may name a variable that the stack declares, and no other", () => {
    const server = { url: "https://a.example", headers: { Authorization: "Bearer ${LINEAR_TOKEN}" } };
    expect(told({ some: server }, token)).toBe("no problem");
    expect(told({ some: server })).toContain(
      "mcpServers.some.headers.Authorization names ${LINEAR_TOKEN}, which the stack does not declare.",
    );
    expect(told({ some: { command: "a", env: { WHERE: "${HOME}/x", AT: "${workspaceFolder}" } } })).toBe("no problem");
  });

  it("has one place: settings, or here", () => {
    const settings = { mcp_servers: { some: { command: "b" } } };
    expect(told({ some: { command: "a" } }, { settings })).toContain("is declared in talaria:settings too");
    expect(told({ other: { command: "a" } }, { settings })).toBe("no problem");
  });

  it("begins with the login of a file that the stack names", () => {
    const server = { url: "https://a.example", auth: "oauth", tokenFile: "linear.json" };
    expect(told({ linear: server })).toContain('talaria:mcpServers.linear.tokenFile "linear.json" is not there');
    const source = aSource({ mcpServers: { linear: server } }, [], { "linear.json": '{"access_token": "a"}' });
    expect(Object.keys(botConfig(source).secrets)).toContain("SECRET_FILES_1");
  });
});

describe("a route of the model", () => {
  const routes = (of: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    told({}, { model: { routes: of }, ...more });

  it("needs a provider whose key is set, or OpenRouter's, which knows the same models", () => {
    expect(routes({ fast: { model: "anthropic/claude-haiku" } })).toBe("no problem");
    expect(routes({ fast: { model: "openai/gpt" } })).toContain(
      'talaria:model.routes.fast.model is "openai/gpt", but talaria:openaiApiKey is not set.',
    );
    expect(routes({ fast: { model: "openai/gpt" } }, { openrouterApiKey: "sk-or-of-the-test" })).toBe("no problem");
    expect(routes({ own: { model: "custom/llama" } }, { modelApiKey: "key-of-the-test" })).toContain(
      "talaria:model.baseUrl is not set",
    );
  });

  it("is refused with what may be meant", () => {
    expect(routes({ fast: { model: "antropic/claude" } })).toContain("does not begin with a provider (anthropic?)");
    expect(routes({ "hermes-agent": { model: "anthropic/claude" } })).toContain(
      "Hermes' own name for the default model",
    );
    expect(routes({ fast: { modle: "anthropic/claude" } })).toContain("talaria:model.routes.fast may mean model");
  });
});
