/** A memory that leaves, is given up and comes back: export and start-fresh on the whole system, as an operator types them. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Bot } from "./bot.ts";
import { type LocalSystem, mustPass, startLocal } from "./harness.ts";

const minute = 60_000;
let local: LocalSystem;
let bot: Bot;
let folder: string;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-travel-"));
  local = await startLocal();
  bot = new Bot(local);
}, 15 * minute);
afterAll(async () => {
  await local?.stop();
  await fs.rm(folder, { recursive: true, force: true });
});

const manifestSchema = z.looseObject({ entries: z.unknown() });
const freshSchema = z.looseObject({
  result: z.looseObject({ outcome: z.literal("done"), before: z.looseObject({ id: z.string() }) }),
});

async function said(...words: string[]): Promise<string> {
  const { stdout } = mustPass(await local.talaria(words));
  process.stdout.write(`$ ./talaria ${words.join(" ")}\n${stdout}`);
  return stdout;
}

describe("a memory that leaves and comes back", () => {
  it("is exported as a plain archive that holds what the bot knows", { timeout: 8 * minute }, async () => {
    const { text } = await bot.chat("REMEMBER My dog is called Gus.");
    expect(text).toContain("success");
    await said("snapshot");
    const file = path.join(folder, "gus.tar.zst");
    expect(await said("export", file)).toMatch(/holds [0-9a-f]{8}: \d+ files/);
    const tar = path.join(folder, "gus.tar");
    await fs.writeFile(tar, zstdDecompressSync(await fs.readFile(file)));
    await promisify(execFile)("tar", ["-xf", tar, "-C", folder]);
    expect(await fs.readFile(path.join(folder, "home/.hermes/memories/MEMORY.md"), "utf8")).toContain("Gus");
    const manifest = await fs.readFile(path.join(folder, "manifest.json"), "utf8");
    manifestSchema.partial().parse(JSON.parse(manifest));
    const database = await fs.readFile(path.join(folder, "home/.hermes/state.db"));
    expect(manifest).toContain(createHash("sha256").update(database).digest("hex"));
    expect(await bot.containers()).toHaveLength(1); // that of the export is gone
  });

  it("is given up by start-fresh, stays given up when the container dies, and comes back by its id", {
    timeout: 15 * minute,
  }, async () => {
    const status = z.looseObject({ bot: z.string() }).parse(JSON.parse(await said("status", "--json")));
    expect((await local.talaria(["start-fresh", "--name", "another"])).code).toBe(1);
    const { result } = freshSchema.parse(JSON.parse(await said("start-fresh", "--name", status.bot, "--json")));
    const known = async () => (await bot.chat("What is my dog called?")).text;
    expect(await known()).not.toContain("Gus");
    await said("stop");
    await said("wake");
    expect(await known()).not.toContain("Gus");
    await said("restore", result.before.id.slice(0, 8), "--yes");
    expect(await known()).toContain("Gus");
  });
});
