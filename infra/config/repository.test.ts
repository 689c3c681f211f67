import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryAt } from "./repository.ts";

describe("files of the repository", () => {
  let outside: string;
  let top: string;
  beforeEach(() => {
    outside = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-repository-"));
    top = path.join(outside, "top");
    fs.mkdirSync(path.join(top, "docs/inner"), { recursive: true });
    fs.writeFileSync(path.join(outside, "secret"), "not of the repository");
    fs.writeFileSync(path.join(top, "docs/a.md"), "a");
    fs.writeFileSync(path.join(top, "docs/inner/run.sh"), "#!", { mode: 0o755 });
    fs.mkdirSync(path.join(top, "docs/__pycache__"));
    fs.writeFileSync(path.join(top, "docs/__pycache__/x.pyc"), "");
  });
  afterEach(() => fs.rmSync(outside, { recursive: true }));

  it("reads a file, and lists a folder without what programs leave there", () => {
    const repository = repositoryAt(top);
    expect(repository.file("docs/a.md", 10)).toEqual(Buffer.from("a"));
    expect(repository.folder("docs")).toMatchObject([
      { path: "a.md", size: 1, executable: false },
      { path: "inner/run.sh", size: 2, executable: true },
    ]);
  });

  it("says of each path what is wrong with it", () => {
    const repository = repositoryAt(top);
    const problem = (found: unknown) => (found as { problem: string }).problem;
    for (const name of ["../secret", path.join(outside, "secret"), "docs/../../secret", ".", ""])
      expect(problem(repository.file(name, 10))).toContain("leads out of the repository");
    fs.symlinkSync(path.join(outside, "secret"), path.join(top, "link.md"));
    expect(problem(repository.file("link.md", 100))).toContain("leads out of the repository");
    expect(problem(repository.file("docs", 10))).toContain("is a folder");
    expect(problem(repository.folder("docs/a.md"))).toContain("is a file");
    expect(problem(repository.file("docs/b.md", 10))).toContain("is not there");
    expect(problem(repository.file("docs/inner/run.sh", 1))).toBe("has 2 bytes; at most 1 are taken.");
    fs.symlinkSync(path.join(outside, "secret"), path.join(top, "docs/inner/out"));
    expect(problem(repository.folder("docs"))).toContain("holds inner/out");
  });

  it("takes a link that stays inside", () => {
    fs.symlinkSync("docs/a.md", path.join(top, "again.md"));
    expect(repositoryAt(top).file("again.md", 10)).toEqual(Buffer.from("a"));
  });
});
