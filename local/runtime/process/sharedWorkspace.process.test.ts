import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LogLine } from "../engine.ts";
import { sharedWorkspace } from "./sharedWorkspace.ts";

let root: string;
const lines: LogLine[] = [];
const make = () => sharedWorkspace(root, (line) => lines.push(line));
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-mounts-"));
  lines.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(root, { recursive: true });
});

it("shows each its own folder at one path, as the same user, and leaves nothing behind", async () => {
  const shared = await make();
  if (!shared) return expect(lines).toHaveLength(1); // a machine without private mounts
  const said = ["a", "b"].map((name) => {
    const own = path.join(root, name);
    fs.mkdirSync(path.join(own, "in"), { recursive: true });
    const [program = "", ...args] = shared.enter(own, path.join(shared.path, "in"), [
      "sh",
      "-c",
      'echo "$1" >../file; pwd; id -u; id -g',
      "sh",
      name,
    ]);
    return execFileSync(program, args).toString();
  });
  const { uid, gid } = os.userInfo();
  expect(said).toEqual(Array(2).fill(`${shared.path}/in\n${uid}\n${gid}\n`));
  expect(["a", "b"].map((name) => fs.readFileSync(path.join(root, name, "file"), "utf8"))).toEqual(["a\n", "b\n"]);
  expect(fs.readdirSync(shared.path)).toEqual([]);
  expect(fs.readdirSync(root).sort()).toEqual(["a", "b", "workspace"]);
  if (fs.existsSync("/proc/self/mounts")) expect(fs.readFileSync("/proc/self/mounts", "utf8")).not.toContain(root);
});

it("ends with 127 where the working directory is missing", async () => {
  const shared = await make();
  if (!shared) return expect(lines).toHaveLength(1);
  const [program = "", ...args] = shared.enter(root, "/nowhere", ["true"]);
  expect(() => execFileSync(program, args, { stdio: "pipe" })).toThrow(expect.objectContaining({ status: 127 }));
});

it("says once that each has a path of its own where mounts are not allowed", async () => {
  const programs = path.join(root, "programs");
  fs.mkdirSync(programs);
  fs.writeFileSync(path.join(programs, "unshare"), "#!/bin/sh\necho unshare: Operation not permitted >&2; exit 1\n");
  fs.chmodSync(path.join(programs, "unshare"), 0o755);
  vi.stubEnv("PATH", `${programs}:${process.env.PATH}`);
  expect(await make()).toBeUndefined();
  expect(lines.map(({ text }) => text)).toEqual([expect.stringContaining("Operation not permitted")]);
});
