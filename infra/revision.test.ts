import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isTracked, lastCommit, unknownRevision } from "./revision.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-revision-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const git = (where: string, ...args: string[]) =>
  execFileSync("git", ["-C", where, "-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
    encoding: "utf8",
  }).trim();

/** A repository with an image's file, and commits elsewhere after it. Returns the commit of the image. */
function aRepository(): { readonly top: string; readonly commit: string } {
  const top = path.join(folder, "repository");
  fs.mkdirSync(path.join(top, "image"), { recursive: true });
  git(top, "init", "-q");
  const commit = (name: string) => {
    fs.writeFileSync(path.join(top, name), `${name} ${Math.random()}`);
    git(top, "add", "-A");
    git(top, "commit", "-q", "-m", name);
    return git(top, "rev-parse", "HEAD");
  };
  const touched = commit("image/script");
  commit("elsewhere");
  commit("image/notes.md");
  return { top, commit: touched };
}

test("is the last commit that touched one of the files, not one beside them", () => {
  const { top, commit } = aRepository();
  expect(lastCommit(path.join(top, "image"), ["script"])).toBe(commit);
});

test("is unknown without a history", () => {
  expect(lastCommit(folder, ["script"])).toBe(unknownRevision);
});

test("refuses to guess in a shallow checkout, where the oldest commit seems to have touched everything", () => {
  const { top } = aRepository();
  const shallow = path.join(folder, "shallow");
  git(folder, "clone", "-q", "--depth", "1", `file://${top}`, shallow);
  expect(() => lastCommit(path.join(shallow, "image"), ["script"])).toThrow("git fetch --unshallow");
  git(shallow, "fetch", "-q", "--unshallow");
  expect(lastCommit(path.join(shallow, "image"), ["script"])).toMatch(/^[0-9a-f]{40}$/);
});

test("knows a file of git's from one beside it, and from one outside any checkout", () => {
  const { top } = aRepository();
  fs.writeFileSync(path.join(top, "auth.json"), "{}");
  expect(isTracked(path.join(top, "image/script"))).toBe(true);
  expect(isTracked(path.join(top, "auth.json"))).toBe(false);
  expect(isTracked(path.join(folder, "auth.json"))).toBe(false);
});
