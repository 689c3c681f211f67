/** The secrets that a stack generates, rotated together: the new ones work, the old ones until their time, and nobody else notices. */
import { delimiter, dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { ensureRestic } from "../local/toolchain/restic.ts";
import { run } from "../local/toolchain/run.ts";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { Snapshots } from "./snapshots.ts";

const minute = 60_000;
/** Longer than an `up` on a busy machine: it draws the new secrets at its beginning. */
const overlapMinutes = 3;
const mine = "a variable that nobody else knows";
const rotated = ["adminToken", "clientToken", "apiServerKey", "sessionKey", "r2Token"];

const outputsSchema = z.looseObject({
  adminToken: z.string(),
  clientToken: z.string(),
  recovery: z.looseObject({ repository: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }),
});
type Outputs = z.infer<typeof outputsSchema>;

let local: LocalSystem;
let bot: Bot;
let restic: string;
let before: Outputs;
let after: Outputs;
/** A browser's session from before the rotation. */
let cookie: string;
/** No old secret is older than this. */
let drawnBy: number;

beforeAll(async () => {
  restic = (await ensureRestic({ progress: () => {} })).program;
  local = await startLocal();
  bot = new Bot(local);
  await new Snapshots(local).take();
  before = await outputs();
  const body = new URLSearchParams({ token: before.adminToken });
  const login = await fetch(`${local.url}/login`, {
    ...{ method: "POST", body, redirect: "manual", headers: { origin: local.url } },
  });
  cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
  await set("secretOverlap", `${overlapMinutes}m`);
  for (const secret of rotated) await set(`secretVersions.${secret}`, "2");
  await set("settings.agent.max_turns", "77");
  const words = ["config", "set", "--secret", "--path", "talaria:secretEnvironment.MINE", mine];
  mustPass(await local.pulumi(words));
}, 10 * minute);
afterAll(() => local?.stop());

async function set(key: string, value: string): Promise<void> {
  mustPass(await local.pulumi(["config", "set", "--path", `talaria:${key}`, value]));
}

async function outputs(): Promise<Outputs> {
  return outputsSchema.parse(await local.commands.outputs("local"));
}

async function operator(headers: Record<string, string>): Promise<number> {
  return (await fetch(`${local.url}/api/status`, { headers })).status;
}

async function client(token: string): Promise<number> {
  return (await fetch(`${local.url}/v1/models`, { headers: bearer(token) })).status;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function configuredPassword(): Promise<string> {
  return mustPass(await local.pulumi(["config", "get", "talaria:repositoryPassword"])).stdout.trim();
}

/** Whether restic opens the repository with this recovery key and password; it would try a refused key for minutes. */
async function opens({ recovery }: Outputs, given?: string): Promise<boolean> {
  const password = given ?? (await configuredPassword());
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: recovery.accessKeyId,
    AWS_SECRET_ACCESS_KEY: recovery.secretAccessKey,
    AWS_DEFAULT_REGION: "auto",
    RESTIC_PASSWORD: password,
  };
  const words = ["-r", recovery.repository, "--no-lock", "--no-cache", "cat", "config"];
  return (await run("timeout", ["15", restic, ...words], { env })).code === 0;
}

describe("a rotation of everything that the stack generates", () => {
  it("cuts and refuses no stream that is under way, and gives Hermes its new key", {
    timeout: 5 * minute,
  }, async () => {
    const keyOf = async () => bot.variable(await bot.gateway(), "API_SERVER_KEY");
    const keyBefore = await keyOf();
    const stream = bot.chat("FAULT drip 25\nhow are you", { stream: true });
    const up = local.pulumi(["up", "--yes", "--skip-preview"]);
    const { status, text } = await stream;
    expect([status, text]).toEqual([200, expect.stringContaining("[DONE]")]);
    expect(text).not.toContain('"error"');
    mustPass(await up);
    drawnBy = Date.now();
    after = await outputs();
    expect(await keyOf()).not.toBe(keyBefore);
    expect(await bot.status()).toMatchObject({ state: "ready", cutStreams: 0 });
  });

  it("leaves no value as it was, and nothing to change", async () => {
    expect(after.adminToken).not.toBe(before.adminToken);
    expect(after.clientToken).not.toBe(before.clientToken);
    expect(after.recovery.accessKeyId).not.toBe(before.recovery.accessKeyId);
    mustPass(await local.pulumi(["preview", "--expect-no-changes"]));
  });

  it("takes the new ones at once, and the old ones as well until their time", async () => {
    expect(await operator(bearer(after.adminToken))).toBe(200);
    expect(await client(after.clientToken)).toBe(200);
    expect(await opens(after)).toBe(true);
    expect(await operator(bearer(before.adminToken))).toBe(200);
    expect(await operator({ cookie })).toBe(200);
    expect(await client(before.clientToken)).toBe(200);
    expect(await opens(before)).toBe(true);
  });

  it("takes the old ones no longer after it", { timeout: (overlapMinutes + 3) * minute }, async () => {
    await pause(Math.max(0, drawnBy + overlapMinutes * minute - Date.now()));
    expect(await operator(bearer(before.adminToken))).toBe(401);
    expect(await operator({ cookie })).toBe(401);
    expect(await client(before.clientToken)).toBe(401);
    expect(await opens(before)).toBe(false);
    expect(await operator(bearer(after.adminToken))).toBe(200);
    expect(await client(after.clientToken)).toBe(200);
    expect(await opens(after)).toBe(true);
  });
});

describe("what the stack declares of Hermes", () => {
  const typed = (...words: string[]) => local.talaria(["hermes", "--stack", "local", "--", ...words]);

  it("has reached the gateway with the same up, a secret variable too", async () => {
    expect(await bot.variable(await bot.gateway(), "MINE")).toBe(mine);
    expect(mustPass(await typed("config", "get", "agent.max_turns")).stdout.trim()).toBe("77");
  });

  it("is told to whoever sets it by hand, and what is not declared is theirs", { timeout: 5 * minute }, async () => {
    const refused = await typed("config", "set", "agent.max_turns", "5");
    expect([refused.code, refused.stdout]).toEqual([
      78,
      expect.stringContaining("npm run pulumi -- config set --path talaria:settings.agent.max_turns VALUE"),
    ]);
    expect((await typed("config", "edit")).stdout).toContain("hermes config set KEY VALUE");
    mustPass(await typed("config", "set", "display.skin", "mono"));
    const { stdout } = mustPass(await local.talaria(["config", "--stack", "local"]));
    expect(stdout).toMatch(/^agent\.max_turns +77 +declared /m);
    expect(stdout).toMatch(/^display\.skin +"mono" +user /m);
    expect(mustPass(await local.talaria(["config", "--drift", "--stack", "local"])).stdout).toBe("no difference\n");
    const secrets = mustPass(await local.talaria(["config", "secrets", "--stack", "local"])).stdout;
    expect(secrets).toMatch(/^secretEnvironment\.MINE +its config +Worker, gateway +[0-9a-f]{6} /m);
  });
});

describe("the repository's password", () => {
  const path = { PATH: "" };
  let old: string;
  beforeAll(async () => {
    path.PATH = `${dirname(restic)}${delimiter}${local.env.PATH}`;
    old = await configuredPassword();
  });
  const rotate = (...words: string[]) =>
    local.talaria(["rotate-password", "--stack", "local", ...words], { env: path });

  it("is joined by a new one, which nobody has to use before it is deployed", { timeout: 5 * minute }, async () => {
    mustPass(await rotate());
    expect(await configuredPassword()).not.toBe(old);
    expect(await opens(after)).toBe(true);
    expect(await opens(after, old)).toBe(true);
    const early = await rotate("--finish", "--yes", "--json");
    expect(JSON.parse(early.stderr).error.code).toBe("passwordNotDeployed");
    expect(await opens(after, old)).toBe(true);
  });

  it("ends where the new one is deployed, and the bot goes on saving with that", { timeout: 10 * minute }, async () => {
    mustPass(await local.pulumi(["up", "--yes", "--skip-preview"]));
    const admin = { headers: { ...bearer(after.adminToken), "content-type": "application/json" } };
    const snapshot = () => local.api("/api/snapshot", { ...admin, method: "POST", body: "{}" });
    expect((await snapshot()).ok).toBe(true); // the Worker may have copied both keys by now
    mustPass(await rotate("--finish", "--yes"));
    expect(await opens(after, old)).toBe(false);
    expect(await opens(after)).toBe(true);
    mustPass(await rotate("--finish", "--yes")); // once more does no harm
    await bot.chat("REMEMBER something new");
    expect((await snapshot()).ok).toBe(true);
    const { tokens } = z
      .object({ tokens: z.array(z.looseObject({ name: z.string() })) })
      .parse({ tokens: (await local.cloudflare("GET", "tokens")).result });
    expect(tokens.map(({ name }) => name)).not.toContainEqual(expect.stringContaining("rotation of the password"));
  });
});
