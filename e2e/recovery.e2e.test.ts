/** Worker gone: the recovery kit's own lines open the kept bucket with plain restic, and a new stack wakes with the old memory. */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ensureRestic } from "../local/toolchain/restic.ts";
import { Bot } from "./bot.ts";
import { type Ended, mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { Snapshots } from "./snapshots.ts";

const minute = 60_000;
const bucket = "talaria-local-snapshots";
const up = ["up", "--yes", "--skip-preview"];
const stack = "local-heir";

const step = z.object({ does: z.string(), command: z.string() });
const kitSchema = z.looseObject({
  repository: z.string(),
  environment: z.record(z.string(), z.string().nullable()),
  commands: z.tuple([step, step, step, step]),
  newKey: z.looseObject({ api: z.tuple([step, step]) }),
});
type Kit = z.infer<typeof kitSchema>;
type Variables = Readonly<Record<string, string>>;

let local: LocalSystem;
let folder: string;
let restic: string;
/** The file that an operator made while the stack was there. */
let kept: string;
let password: string;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-recovery-"));
  restic = (await ensureRestic({ progress: () => {} })).program;
  local = await startLocal();
  password = (await fs.readFile(path.join(local.stateDir, "repository-password-local"), "utf8")).trim();
});
afterAll(async () => {
  await local?.stop();
  await fs.rm(folder, { recursive: true, force: true });
});

describe("the recovery kit of a stack", () => {
  it("opens the repository beside the living bot, from a file made while the stack was there", {
    timeout: 5 * minute,
  }, async () => {
    const { text } = await new Bot(local).chat("REMEMBER My dog is called Gus.");
    expect(text).toContain("success");
    await new Snapshots(local).take();

    kept = path.join(folder, "kit.txt");
    const made = mustPass(await local.talaria(["recovery-kit", "--stack", "local", "--out", kept]));
    const { environment } = await kitOf(["--stack", "local"]);
    expect(Object.values(environment)).toEqual([null, null, "auto", null]);
    expect(made.output).not.toContain(password);
    const listed = mustPass(await typed(`. ${kept}\nrestic -r ${await repository()} --no-lock snapshots`));
    expect(listed.stdout).toMatch(/^1 snapshots|^[2-9]\d* snapshots/m);
  });

  it("restores a whole home with a new key, when Worker, stack and old key are gone", {
    timeout: 5 * minute,
  }, async () => {
    mustPass(await local.pulumi(["destroy", "--yes", "--skip-preview"]));
    await expect(fetch(`${local.url}/health`)).rejects.toThrow();
    const gone = await local.talaria(["recovery-kit", "--stack", "local"]);
    expect(gone.output).toContain("--account ID --bucket talaria-local-snapshots");
    expect(await firstComplaint(`. ${kept}\nexec restic -r ${await repository()} --no-lock snapshots`)).toContain(
      "Unauthorized",
    );

    const kit = await placedKit();
    const variables = await newKey(kit);
    const [list, promoted, restore, check] = kit.commands;
    mustPass(await typed(list.command, variables));
    const { current } = z
      .looseObject({ current: z.string() })
      .parse(JSON.parse(mustPass(await typed(promoted.command, variables)).stdout));
    expect(mustPass(await typed(check.command, variables)).stdout).toContain("no errors were found");
    mustPass(await typed(restore.command.replace("latest", current), variables));

    const home = path.join(folder, "recovered", "home", ".hermes");
    expect(await fs.readFile(path.join(home, "memories", "MEMORY.md"), "utf8")).toContain("My dog is called Gus.");
    const state = new DatabaseSync(path.join(home, "state.db"), { readOnly: true });
    expect(state.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    expect(state.prepare("SELECT count(*) AS sessions FROM sessions").get()?.sessions).toBeGreaterThan(0);
    state.close();
  });

  it("opens nothing with another password, and its key deletes nothing", { timeout: 2 * minute }, async () => {
    const kit = await placedKit();
    const variables = await newKey(kit);
    const wrong = await typed(kit.commands[0].command, { ...variables, RESTIC_PASSWORD: "another" });
    expect(wrong.code).toBe(12); // restic's own code for it
    expect(await firstComplaint(`exec restic -r ${kit.repository} forget latest`, variables)).toContain(
      "Access Denied",
    );
  });
});

describe("a new stack on the kept bucket", () => {
  it("does not start with another password, says why, and leaves the repository as it is", {
    timeout: 10 * minute,
  }, async () => {
    const before = await objects();
    mustPass(await local.pulumi(["config", "set", "--path", "talaria:snapshots.bucket", bucket], { stack }));
    mustPass(await local.pulumi(up, { stack })); // starts nothing that was never asked for
    const refused = await local.talaria(["wake", "--stack", stack]);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("password");
    expect(await objects()).toEqual(before);
  });

  it("wakes with the old memory, given the old password", { timeout: 10 * minute }, async () => {
    mustPass(await local.pulumi(["config", "set", "--secret", "talaria:repositoryPassword", password], { stack }));
    mustPass(await local.pulumi(up, { stack })); // another password is another start: what was given up is tried again
    const words = ["chat", "--no-stream", "What is my dog called?", "--stack", stack];
    expect(mustPass(await local.talaria(words)).stdout).toContain("It is called Gus.");
  });
});

/** The kit as a program reads it. */
async function kitOf(words: readonly string[]): Promise<Kit> {
  const { stdout } = mustPass(await local.talaria(["recovery-kit", "--json", ...words]));
  return kitSchema.parse(JSON.parse(stdout));
}

/** The kit of somebody who has nothing but the names of account and bucket. */
function placedKit(): Promise<Kit> {
  return kitOf(["--account", local.accountId, "--bucket", bucket, "--api-url", local.apiUrl]);
}

async function repository(): Promise<string> {
  return (await placedKit()).repository;
}

/** Types the kit's lines that make a key. Their answer is read by a person; the password is what he has kept. */
async function newKey({ newKey: { api } }: Kit): Promise<Variables> {
  const [make, derive] = api;
  const { stdout } = mustPass(await typed(make.command, { CLOUDFLARE_API_TOKEN: local.apiToken }));
  const { result } = z
    .looseObject({ result: z.looseObject({ id: z.string(), value: z.string() }) })
    .parse(JSON.parse(stdout));
  const secret = mustPass(
    await typed(`${derive.command}\nprintf %s "$AWS_SECRET_ACCESS_KEY"`, { TOKEN: result.value }),
  );
  return { AWS_ACCESS_KEY_ID: result.id, AWS_SECRET_ACCESS_KEY: secret.stdout, RESTIC_PASSWORD: password };
}

/** A line typed into a shell that knows restic. */
function typed(line: string, variables: Variables = {}): Promise<Ended> {
  return local.commands.exec("/bin/sh", ["-c", `cd ${folder}\n${line}`], environment(variables));
}

/** What restic says first when it is refused: it would go on trying for a quarter of an hour. */
function firstComplaint(line: string, variables: Variables = {}): Promise<string> {
  const child = spawn("/bin/sh", ["-c", line], {
    cwd: folder,
    env: { ...local.commands.env, ...environment(variables) },
  });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes("\n")) child.kill("SIGTERM");
  });
  return new Promise((resolve, reject) => child.once("error", reject).once("close", () => resolve(text)));
}

function environment(variables: Variables): NodeJS.ProcessEnv {
  const PATH = `${path.dirname(restic)}${path.delimiter}${process.env.PATH ?? ""}`;
  return { PATH, AWS_DEFAULT_REGION: "auto", RESTIC_CACHE_DIR: path.join(folder, "cache"), ...variables };
}

/** Names of the snapshots in the repository. */
async function objects(): Promise<string> {
  const kit = await placedKit();
  return mustPass(await typed(`restic -r ${kit.repository} --no-lock list snapshots`, await newKey(kit))).stdout;
}
