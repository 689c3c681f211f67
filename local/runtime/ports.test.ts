import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ports } from "./ports.ts";

describe("the ports of Workers", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-ports-"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("differ, and are the same after a restart", async () => {
    const ports = new Ports(folder);
    const [a, b] = await Promise.all([ports.of("a"), ports.of("b")]);
    expect(a).toBeGreaterThanOrEqual(8787);
    expect(b).not.toBe(a);
    expect(await new Ports(folder).of("b")).toBe(b);
  });

  it("skip one that another program has", async () => {
    const first = await new Ports(folder).handOver("probe");
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(first, "127.0.0.1", resolve));
    fs.rmSync(path.join(folder, "ports.json"));
    expect(await new Ports(folder).of("a")).not.toBe(first);
    await new Promise((resolve) => other.close(resolve));
  });

  it("belong to one system each, though its Worker does not listen yet", async () => {
    const other = new Ports(path.join(folder, "other"));
    expect(await new Ports(folder).of("a")).not.toBe(await other.of("a"));
    await other.close();
  });

  it("are given back when a Worker is removed", async () => {
    const ports = new Ports(folder);
    await ports.of("a");
    await ports.forget("a");
    expect(JSON.parse(fs.readFileSync(ports.file, "utf8"))).toEqual({});
  });
});
