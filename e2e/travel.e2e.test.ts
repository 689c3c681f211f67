/** A memory that leaves, is given up and comes back: export, import and start-fresh on the whole system, as an operator types them. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ensureHermes } from "../local/toolchain/hermes.ts";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

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

const importedSchema = z.looseObject({ source: z.string(), kept: z.array(z.string()).nullish() });

/** The archive that the first test makes: the bot as it was when it knew of Gus. */
const archive = () => path.join(folder, "gus.tar.zst");
const known = async () => (await bot.chat("What is my dog called?")).text;

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
    expect(await said("export", archive())).toMatch(/holds [0-9a-f]{8}: \d+ files/);
    const tar = path.join(folder, "gus.tar");
    await fs.writeFile(tar, zstdDecompressSync(await fs.readFile(archive())));
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
    expect(await known()).not.toContain("Gus");
    await said("stop");
    await said("wake");
    expect(await known()).not.toContain("Gus");
    await said("restore", result.before.id.slice(0, 8), "--yes");
    expect(await known()).toContain("Gus");
  });
});

describe("a home that comes from elsewhere", () => {
  it("is not taken over what the bot has learned since, unless it is told, and then is all that it knows", {
    timeout: 15 * minute,
  }, async () => {
    expect((await bot.chat("REMEMBER My dog is called Rex.")).text).toContain("success");
    expect((await local.talaria(["import", archive(), "--yes"])).output).toContain("--merge");
    const older = await local.talaria(["import", archive(), "--replace", "--yes"]);
    expect([older.code, older.output]).toEqual([1, expect.stringContaining("--force")]);
    expect((await bot.status()).state).toBe("ready");
    expect(await known()).toContain("Rex");
    const imported = importedSchema.parse(
      JSON.parse(await said("import", archive(), "--replace", "--force", "--yes", "--json")),
    );
    expect(imported.source).toBe("export");
    expect(await known()).toContain("Gus");
    expect(await bot.containers()).toHaveLength(1); // that of the import is gone
  });

  it("is merged from a `hermes backup`: what the bot lacks comes, what it has stays", {
    timeout: 10 * minute,
  }, async () => {
    const { kept } = importedSchema.parse(
      JSON.parse(await said("import", await hermesBackup(), "--merge", "--yes", "--json")),
    );
    expect(kept).toEqual(expect.arrayContaining(["memories/MEMORY.md", "state.db"]));
    expect(await known()).toContain("Gus");
    const file = path.join(folder, "merged.tar");
    await said("export", file);
    const { stdout } = await promisify(execFile)("tar", ["-xOf", file, "home/.hermes/skills/cats/SKILL.md"]);
    expect(stdout).toBe(skill);
  });

  it("is the first that a new bot knows", { timeout: 15 * minute }, async () => {
    const stack = "local-heir";
    mustPass(await local.pulumi(["up", "--yes", "--skip-preview"], { stack }));
    const imported = await said("import", await hermesBackup(), "--stack", stack);
    expect(imported).toMatch(/was {2}nothing\n {2}is {3}[0-9a-f]{8}/);
    const words = ["chat", "--no-stream", "What is my dog called?", "--stack", stack];
    expect(mustPass(await local.talaria(words)).stdout).toContain("It is called Max.");
  });
});

const skill = "---\nname: cats\ndescription: About cats.\n---\nThey purr.\n";

/** A zip that Hermes itself makes: of the exported home, with another dog and one more skill. */
async function hermesBackup(): Promise<string> {
  const home = path.join(folder, "home/.hermes");
  await fs.mkdir(path.join(home, "skills/cats"), { recursive: true });
  await fs.writeFile(path.join(home, "skills/cats/SKILL.md"), skill);
  await fs.writeFile(path.join(home, "memories/MEMORY.md"), "My dog is called Max.\n");
  const { venv } = await ensureHermes({ progress: () => {} });
  const zip = path.join(folder, "backup.zip");
  const env = { ...process.env, HERMES_HOME: home };
  await promisify(execFile)(path.join(venv, "bin/hermes"), ["backup", "-o", zip], { env });
  return zip;
}
