/// <reference types="@cloudflare/vitest-plugin/types" />
/** The stack's documents in workspaces, as sessions and declarations come and go. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { alarm, later, reset, run, world } from "../testing/execSession.ts";
import { exec } from "../testing/testWorker.ts";
import { declaredWorkspace } from "./declaredWorkspace.ts";

const bringings = () => world.asked.filter((what) => what.endsWith("PUT /workspace/documents")).length;
const declare = (documents: Record<string, string>) => {
  exec.declared = { documents, folder: null };
};

describe("the declared documents of a workspace", () => {
  beforeEach(() => declare({ "AGENTS.md": "one" }));

  it("are there for the first command, and are brought once as long as nothing else is declared", async () => {
    expect(await run("show AGENTS.md")).toMatchObject({ text: "one", notices: [] });
    await run("say x");
    await reset();
    await run("say x", { kind: "tool" });
    expect(bringings()).toBe(1);
  });

  it("change in a container that is there, once something else is declared", async () => {
    await run("say x");
    declare({ "AGENTS.md": "two" });
    await reset();
    expect(await run("show AGENTS.md")).toMatchObject({ text: "two" });
    declare({});
    await reset();
    expect(await run("show AGENTS.md")).toMatchObject({ text: "absent" });
    await run("say x");
    expect(bringings()).toBe(3);
  });

  it("leave what the agent wrote beside, and it is told where", async () => {
    await run("put AGENTS.md mine");
    declare({ "AGENTS.md": "two" });
    await reset();
    const next = await run("show AGENTS.md");
    expect(next.text).toBe("two");
    expect(next.notices).toEqual([
      "The operator has declared another AGENTS.md; what you had written there is now in AGENTS.md.agent.",
    ]);
    expect(await run("show AGENTS.md.agent")).toMatchObject({ text: "mine", notices: [] });
  });

  it("are brought to a workspace that comes back from the bucket, with the edits in it", async () => {
    await run("put AGENTS.md mine");
    later(3);
    await alarm();
    world.crash("exec-0");
    expect(await run("show AGENTS.md")).toMatchObject({ text: "mine" });
    expect(bringings()).toBe(2);
  });

  it("hold no command up where they cannot be brought, and are tried again with the next", async () => {
    world.fails = (what) => what.endsWith("PUT /workspace/documents");
    expect(await run("show AGENTS.md")).toMatchObject({ text: "absent", exit: 0 });
    world.fails = () => false;
    expect(await run("show AGENTS.md")).toMatchObject({ text: "one" });
  });

  it("are there for a command with a container of its own, and count as no change of it", async () => {
    exec.policy = { isolation: "command", spare: 0 };
    await reset();
    expect(await run("show AGENTS.md")).toMatchObject({ text: "one" });
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    await run("put note kept");
    expect(await run("show note", { kind: "tool" })).toMatchObject({ text: "kept" });
    expect(await run("show AGENTS.md")).toMatchObject({ text: "one" });
  });

  it("are brought to each of two containers that start at once", async () => {
    exec.policy = { isolation: "command", spare: 0 };
    await reset();
    const texts = await Promise.all([run("show AGENTS.md"), run("show AGENTS.md")]);
    expect(texts.map(({ text }) => text)).toEqual(["one", "one"]);
  });

  it("cost nothing where none are declared", async () => {
    declare({});
    await run("say x");
    await run("say x", { kind: "tool" });
    expect(bringings()).toBe(0);
  });

  it("are those of the declaration whose paths begin with workspace/", () => {
    const files = { documents: { "SOUL.md": "a", "workspace/app/AGENTS.md": "b" }, workingDirectory: "app" };
    expect(declaredWorkspace(files)).toEqual({ documents: { "app/AGENTS.md": "b" }, folder: "app" });
    expect(declaredWorkspace({})).toEqual({ documents: {}, folder: null });
  });
});
