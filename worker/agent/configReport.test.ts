import { describe, expect, it } from "vitest";
import type { Declaration } from "../declarationSchema.ts";
import { type BoxConfig, configReport } from "./configReport.ts";

const stack = (settings: Record<string, unknown>) => ({ stack: "prod", settings });
const box = (change: Partial<BoxConfig>): BoxConfig => ({
  ...{ stack: [], own: [], managed: {}, user: {}, ages: { managed: {}, user: {} }, problem: null, documents: [] },
  ...change,
});
const plain = (text: string) => text;

describe("the configuration that Hermes goes by", () => {
  it("names whose word each leaf is, sorted", () => {
    const report = configReport(
      stack({ agent: { max_turns: 9 }, toolsets: ["a"] }),
      box({
        ...{ stack: ["agent.max_turns", "toolsets"], own: ["terminal.backend"] },
        managed: { "agent.max_turns": 9, toolsets: ["a"], "terminal.backend": "talaria", "updates.check": false },
        user: { "display.skin": "mono", "agent.verbose": true },
        ages: {
          managed: { "agent.max_turns": "2026-01-01T00:00:00Z" },
          user: { "agent.verbose": { at: "2026-01-02T00:00:00Z", by: "agent" } },
        },
      }),
      true,
      plain,
    );
    expect(report).toMatchObject({ stack: "prod", looked: true, applied: true, problem: null });
    expect(report.leaves.map(({ path, source, at, drift }) => [path, source, at, drift])).toEqual([
      ["agent.max_turns", "declared", "2026-01-01T00:00:00Z", null],
      ["agent.verbose", "agent", "2026-01-02T00:00:00Z", null],
      ["display.skin", "user", null, null],
      ["terminal.backend", "talaria", null, null],
      ["toolsets", "declared", null, null],
      ["updates.check", "default", null, null],
    ]);
  });

  it("knows the leaves that the container makes of a declared MCP server, and those of one that is no longer declared", () => {
    const managed = { "mcp_servers.one.command": "npx", "mcp_servers.gone.command": "npx" };
    const server = { command: "npx" } as unknown as NonNullable<Declaration["mcpServers"]>[string];
    const report = configReport(
      { ...stack({}), mcpServers: { one: server } },
      box({ managed, stack: Object.keys(managed) }),
      true,
      plain,
    );
    expect(report.leaves.map(({ path, drift }) => [path, drift])).toEqual([
      ["mcp_servers.gone.command", "in the container, and no longer declared: it goes when the gateway starts"],
      ["mcp_servers.one.command", null],
    ]);
  });

  it("is what the stack declares while nothing runs", () => {
    const { looked, leaves } = configReport(stack({ a: { b: 1 }, c: {} }), null, null, plain);
    expect(looked).toBe(false);
    expect(leaves.map(({ path, json }) => [path, json])).toEqual([
      ["a.b", "1"],
      ["c", "{}"],
    ]);
  });

  it("says where container and stack differ, and what of the home's file does not count", () => {
    const { leaves } = configReport(
      stack({ changed: 2, fresh: 1, same: 1 }),
      box({
        stack: ["changed", "gone", "same"],
        managed: { changed: 1, gone: 5, same: 1 },
        user: { same: 7, other: 1 },
      }),
      false,
      plain,
    );
    expect(leaves.filter(({ drift }) => drift).map(({ path, drift }) => `${path}: ${drift}`)).toEqual([
      "changed: the stack declares 2: the gateway takes it when it starts",
      "fresh: declared, and not in the container yet: the gateway takes it when it starts",
      "gone: in the container, and no longer declared: it goes when the gateway starts",
      "same: the home's config.yaml says 7, which does not count",
    ]);
  });

  it("shows no secret that the Worker knows, and takes none for a difference that the container masked", () => {
    const mask = (text: string) => text.replaceAll("hunter2", "[secret]");
    const report = configReport(
      stack({ web: { backend: "https://x/hunter2" } }),
      box({
        stack: ["web.backend"],
        managed: { "web.backend": "[secret]" },
        user: { note: "hunter2", list: ["hunter2"] },
      }),
      true,
      mask,
    );
    expect(JSON.stringify(report)).not.toContain("hunter2");
    expect(report.leaves.find(({ path }) => path === "web.backend")?.drift).toBeNull();
  });
});
