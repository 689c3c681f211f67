import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { talaria } from "./testing/launcher.ts";

const top = path.dirname(import.meta.dirname);
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const recovery = {
  repository: "s3:http://127.0.0.1:8686/talaria-dev-snapshots",
  endpoint: "http://127.0.0.1:8686",
  bucket: "talaria-dev-snapshots",
  jurisdiction: "default",
  apiBaseUrl: "http://127.0.0.1:8686/client/v4",
  accountId: "ab".repeat(16),
  accessKeyId: "key-id-of-the-test",
  secretAccessKey: "secret-of-the-test",
};
const password = "it's a $password";

/** A copy of the checkout whose Pulumi answers with these outputs, and with this password or an error. */
async function aCheckout(outputs: object, config: string | null = password) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-kit-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  for (const name of ["talaria", "cli", "package.json"])
    await cp(path.join(top, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(top, "node_modules"), path.join(folder, "node_modules"));
  await mkdir(path.join(folder, "local", "toolchain"), { recursive: true });
  const pulumi = `
    const args = process.argv.slice(2).join(" ");
    if (args === "stack output --json --show-secrets --stack dev") console.log(${JSON.stringify(JSON.stringify(outputs))});
    else if (args !== "config get talaria:repositoryPassword --stack dev") throw new Error(args);
    else if (${config === null}) { console.error("error: incorrect passphrase"); process.exitCode = 1; }
    else console.log(${JSON.stringify(config ?? "")});`;
  await writeFile(path.join(folder, "local", "toolchain", "pulumi.ts"), pulumi);
  const program = path.join(folder, "talaria");
  return { folder, kit: (...words: string[]) => talaria(["recovery-kit", ...words], { program, cwd: folder }) };
}

describe("talaria recovery-kit", () => {
  it("says from the stack's outputs alone how to open the repository, and shows no secret", async () => {
    const { kit } = await aCheckout({ recovery });
    const { code, stdout, stderr } = await kit("--stack", "dev");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`restic -r ${recovery.repository} --no-lock restore latest --target ./recovered`);
    expect(stdout).toContain("config get talaria:repositoryPassword --stack dev");
    const json = await kit("--stack", "dev", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      bucket: recovery.bucket,
      secretAccessKey: null,
      repositoryPassword: null,
    });
    for (const secret of [recovery.accessKeyId, recovery.secretAccessKey, password])
      expect(stdout + json.stdout).not.toContain(secret);
  });

  it("shows the secrets with --reveal, as lines that a shell takes whatever they hold", async () => {
    const { kit } = await aCheckout({ recovery });
    const { stdout } = await kit("--stack", "dev", "--reveal");
    const script = `${stdout}\nprintf '%s|' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$RESTIC_PASSWORD"`;
    const shell = await promisify(execFile)("/bin/sh", ["-c", script], { env: {} });
    expect(shell.stdout).toBe(`${recovery.accessKeyId}|${recovery.secretAccessKey}|${password}|`);
    const json = JSON.parse((await kit("--stack", "dev", "--reveal", "--json")).stdout);
    expect(json).toMatchObject({ ...recovery, repositoryPassword: password });
  });

  it("writes them with --out into a new file that only its owner reads, and never over another", async () => {
    const { folder, kit } = await aCheckout({ recovery });
    const run = await kit("--stack", "dev", "--out", "kit.txt");
    expect(run.code).toBe(0);
    expect(run.stdout + run.stderr).not.toContain(recovery.secretAccessKey);
    const file = path.join(folder, "kit.txt");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).toContain(`export AWS_SECRET_ACCESS_KEY='${recovery.secretAccessKey}'`);
    expect((await kit("--stack", "dev", "--out", "kit.txt")).stderr).toContain("kit.txt exists already");
  });

  it("gives what there is when the password cannot be decrypted, and says what it lacks", async () => {
    const { kit } = await aCheckout({ recovery }, null);
    const { code, stdout, stderr } = await kit("--stack", "dev", "--reveal");
    expect(code).toBe(0);
    expect(stderr).toContain("the kit holds no password");
    expect(stdout).toContain(recovery.secretAccessKey);
    expect(stdout).toContain("# export RESTIC_PASSWORD=");
    const written = JSON.parse((await kit("--stack", "dev", "--out", "kit.txt", "--json")).stdout);
    expect(written).toEqual({ file: "kit.txt", complete: false });
  });

  it("says what to type when the stack is destroyed, and needs no stack then", async () => {
    const { kit } = await aCheckout({});
    const gone = await kit("--stack", "dev");
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain("--account ID --bucket talaria-dev-snapshots");
    const place = ["--account", recovery.accountId, "--bucket", "kept", "--jurisdiction", "eu"];
    const { code, stdout } = await kit(...place, "--json");
    expect(code).toBe(0);
    const named = JSON.parse(stdout);
    expect(named.repository).toBe(`s3:https://${recovery.accountId}.eu.r2.cloudflarestorage.com/kept`);
    expect(JSON.stringify(named.newKey.api)).toContain(`com.cloudflare.edge.r2.bucket.${recovery.accountId}_eu_kept`);
    const local = JSON.parse((await kit(...place, "--api-url", recovery.apiBaseUrl, "--json")).stdout);
    expect(local.repository).toBe("s3:http://127.0.0.1:8686/kept");
  });

  it("refuses a name that is none: it would become part of a line to type", async () => {
    const { kit } = await aCheckout({});
    expect((await kit("--account", "me", "--bucket", "kept")).stderr).toContain("--account is 32 hex digits");
    expect((await kit("--account", recovery.accountId, "--bucket", "a; rm -r b")).stderr).toContain(
      "--bucket is 3 to 63",
    );
    expect((await kit("--bucket", "kept")).stderr).toContain("Give both");
  });

  it("takes no bot's address for a stack", async () => {
    const run = await talaria(["recovery-kit"], { env: { TALARIA_URL: "http://127.0.0.1:1" } });
    expect(run.stderr).toContain("Name the stack: ./talaria recovery-kit --stack NAME");
  });
});
