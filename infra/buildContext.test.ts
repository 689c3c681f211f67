import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contextFiles, contextHash } from "../container/buildContext.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-context-"));
  write("Dockerfile", "FROM scratch\n");
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(name: string, text = name): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), text);
}

const names = () => contextFiles(folder).map((file) => file.path);

test("leaves out what .dockerignore names, with wildcards, folders and exceptions", () => {
  for (const name of ["a.py", "test_a.py", "deep/test_b.py", "deep/keep.md", "deep/drop.md", "cache/x", "top.md"])
    write(name);
  write(".dockerignore", "# tests\n**/test_*.py\ncache/\n*.md\ndeep/*.md\n!deep/keep.md\n");
  expect(names()).toEqual([".dockerignore", "Dockerfile", "a.py", "deep/keep.md"]);
});

test("keeps its hash when files are written again, and changes it with a name, a byte or a mode", () => {
  write("run.sh", "one");
  const first = contextHash(folder);
  write("run.sh", "one");
  expect(contextHash(folder)).toBe(first);
  write("run.sh", "two");
  const second = contextHash(folder);
  expect(second).not.toBe(first);
  fs.chmodSync(path.join(folder, "run.sh"), 0o755);
  const third = contextHash(folder);
  expect(third).not.toBe(second);
  fs.renameSync(path.join(folder, "run.sh"), path.join(folder, "walk.sh"));
  expect(contextHash(folder)).not.toBe(third);
});

test("an ignored file changes nothing, and a link counts by where it points to", () => {
  write(".dockerignore", "*.log");
  fs.symlinkSync("nowhere", path.join(folder, "link"));
  const first = contextHash(folder);
  write("noise.log");
  expect(contextHash(folder)).toBe(first);
  fs.rmSync(path.join(folder, "link"));
  fs.symlinkSync("elsewhere", path.join(folder, "link"));
  expect(contextHash(folder)).not.toBe(first);
});

test("a folder without Dockerfile is no context", () => {
  fs.rmSync(path.join(folder, "Dockerfile"));
  expect(() => contextHash(folder)).toThrow("There is no Dockerfile in");
});

test("a Dockerfile may lie below the top of its context, whose rules name what comes along", () => {
  for (const name of ["app/Dockerfile", "app/bin/run", "app/bin/test_run", "app/notes.md", "lib/code.py", "other/x"])
    write(name);
  write(".dockerignore", "*\n!app/Dockerfile\n!app/bin\n!lib\n**/test_*\n");
  expect(contextFiles(folder, "app/Dockerfile").map((file) => file.path)).toEqual([
    "app/Dockerfile",
    "app/bin/run",
    "lib/code.py",
  ]);
  expect(() => contextHash(folder, "lib/Dockerfile")).toThrow("There is no lib/Dockerfile in");
});
