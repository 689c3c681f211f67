import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { talaria } from "./testing/launcher.ts";

const top = path.dirname(import.meta.dirname);
const old = "the-old-password";

/** The stand-in of restic keeps keys as `id password` lines; `fail` names a command that ends with an error. */
const restic = `#!/usr/bin/env node
import fs from "node:fs";
const file = process.env.KEYS;
const keys = fs.readFileSync(file, "utf8").split("\\n").filter(Boolean).map((line) => line.split(" "));
const words = process.argv.slice(2).join(" ");
const mine = keys.find(([, password]) => password === process.env.RESTIC_PASSWORD);
if (mine === undefined) process.exit(12);
const save = (all) => fs.writeFileSync(file, all.map((key) => key.join(" ") + "\\n").join(""));
if (process.env.FAIL && words.includes(process.env.FAIL)) { console.error("Fatal: broken off"); process.exit(1); }
if (words.includes("key list")) console.log(JSON.stringify(keys.map(([id]) => ({ id: id.slice(0, 8), current: id === mine[0] }))));
else if (words.includes("list keys")) console.log(keys.map(([id]) => id).join("\\n"));
else if (words.includes("key add")) {
  const given = fs.readFileSync(process.argv[process.argv.indexOf("--new-password-file") + 1], "utf8");
  save([...keys, [String(keys.length + 1).repeat(64), given]]);
} else if (words.includes("key remove")) save(keys.filter(([id]) => !id.startsWith(process.argv.at(-1))));
else process.exit(99);
`;

/** A checkout whose Pulumi keeps one password, an account that makes tokens, a bucket, and a repository. */
async function aStack() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-password-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const asked: string[] = [];
  const api = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const groups = [{ id: "w", name: "Workers R2 Storage Bucket Item Write" }];
    const result = request.url?.endsWith("permission_groups") ? groups : { id: "t1", value: "v" };
    request.resume();
    response.setHeader("content-type", "application/json").end(JSON.stringify({ success: true, result }));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void api.close(() => resolve())));
  const address = api.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const origin = `http://127.0.0.1:${address.port}`;

  for (const name of ["talaria", "cli", "package.json"])
    await cp(path.join(top, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(top, "node_modules"), path.join(folder, "node_modules"));
  await mkdir(path.join(folder, "local", "toolchain"), { recursive: true });
  const files = { password: path.join(folder, "password"), keys: path.join(folder, "keys") };
  await writeFile(files.password, old);
  await writeFile(files.keys, `${"1".repeat(64)} ${old}\n`);
  const place = { accountId: "a".repeat(32), bucket: "b-snapshots", jurisdiction: "default" };
  const keys = { accessKeyId: "read", secretAccessKey: "only" };
  const recovery = { ...place, ...keys, apiBaseUrl: origin, endpoint: origin };
  const pulumi = `
    import fs from "node:fs";
    const words = process.argv.slice(2).join(" ");
    if (process.env.FAIL && words.includes(process.env.FAIL)) process.exit(1);
    if (words.startsWith("stack output")) console.log(${JSON.stringify(JSON.stringify({ recovery }))});
    else if (words.startsWith("config get talaria:repositoryPassword")) console.log(fs.readFileSync(${JSON.stringify(files.password)}, "utf8"));
    else if (words.startsWith("config get")) console.log("api-token");
    else if (words.startsWith("config set --secret")) fs.writeFileSync(${JSON.stringify(files.password)}, fs.readFileSync(0, "utf8"));
    else if (!words.startsWith("preview --expect-no-changes")) throw new Error(words);`;
  await writeFile(path.join(folder, "local", "toolchain", "pulumi.ts"), pulumi);
  await mkdir(path.join(folder, "bin"));
  await writeFile(path.join(folder, "bin", "restic"), restic);
  await chmod(path.join(folder, "bin", "restic"), 0o755);
  const PATH = `${path.join(folder, "bin")}${path.delimiter}${process.env.PATH}`;
  return {
    asked,
    password: () => readFile(files.password, "utf8"),
    passwords: async () => (await readFile(files.keys, "utf8")).split("\n").flatMap((line) => line.split(" ")[1] ?? []),
    rotate: (words: readonly string[] = [], fail = "") =>
      talaria(["rotate-password", "--stack", "dev", ...words], {
        ...{ program: path.join(folder, "talaria"), cwd: folder },
        env: { PATH, KEYS: files.keys, ...(fail && { FAIL: fail }) },
      }),
  };
}

describe("talaria rotate-password", () => {
  it("adds a password and configures it; the finish removes the other, its copy first, and no key of the account stays", async () => {
    const { rotate, password, passwords, asked } = await aStack();
    const begun = await rotate();
    expect(begun).toMatchObject({ code: 0 });
    const fresh = await password();
    expect(await passwords()).toEqual([old, fresh]);
    expect(begun.stdout + begun.stderr).not.toContain(fresh);
    expect((await rotate(["--finish", "--yes"])).stdout).toContain("Removed one key");
    expect(await passwords()).toEqual([fresh]);
    expect(asked).toContain(`DELETE /b-snapshots/talaria/copies/keys/${"1".repeat(64)}`);
    expect(asked.filter((what) => what.startsWith("POST"))).toHaveLength(2);
    expect(asked.filter((what) => what === `DELETE /accounts/${"a".repeat(32)}/tokens/t1`)).toHaveLength(2);
  });

  it.each(["key add", "config set"])(
    "can be broken off at `%s`: the configured password opens, and it is begun again",
    async (at) => {
      const { rotate, password, passwords, asked } = await aStack();
      expect((await rotate([], at)).code).toBe(1);
      expect(await password()).toBe(old);
      expect(await passwords()).toContain(old);
      expect(asked.at(-1)).toContain("/tokens/t1");
      expect((await rotate()).code).toBe(0);
      expect((await rotate(["--finish", "--yes"])).code).toBe(0);
      expect(await passwords()).toEqual([await password()]);
    },
  );

  it("removes nothing before the new password is deployed, nor without a yes", async () => {
    const { rotate, passwords } = await aStack();
    await rotate();
    const early = await rotate(["--finish", "--yes", "--json"], "preview");
    expect(JSON.parse(early.stderr).error.code).toBe("passwordNotDeployed");
    const unasked = await rotate(["--finish", "--json"]);
    expect(JSON.parse(unasked.stderr).error.code).toBe("sayYesToKeys");
    expect(await passwords()).toHaveLength(2);
  });

  it("goes on with a removal that was broken off", async () => {
    const { rotate, password, passwords } = await aStack();
    await rotate();
    expect((await rotate(["--finish", "--yes"], "key remove")).code).toBe(1);
    expect(await passwords()).toHaveLength(2);
    await rotate(["--finish", "--yes"]);
    expect(await passwords()).toEqual([await password()]);
  });
});
