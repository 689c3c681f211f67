import { describe, expect, it } from "vitest";
import { type SecretFileKey, secretFileParts, secretFiles } from "./secretFiles.ts";

const login = JSON.stringify({ providers: { "openai-codex": { tokens: { access_token: "at-hidden" } } } });
const authFile: SecretFileKey = { key: "authFile", file: "auth.json", path: "auth.json" };

function read(keys: readonly SecretFileKey[], files: Record<string, string>, tracked: readonly string[] = []) {
  const told: string[] = [];
  const warned: string[] = [];
  const place = {
    read: (file: string) => files[file],
    isTracked: (file: string) => tracked.includes(file),
    report: (key: string, reason: string) => void told.push(`${key} ${reason}`),
    warn: (text: string) => void warned.push(text),
  };
  return { files: secretFiles(keys, place), told, warned };
}

describe("secret files", () => {
  it("travel whole, in parts that a binding takes", () => {
    const content = JSON.stringify({ token: "ä☤".repeat(3_000) });
    const { files, told } = read([{ ...authFile, overwrite: true }], { "auth.json": content });
    const parts = Object.values(secretFileParts(files));
    expect(told).toEqual([]);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) expect(new TextEncoder().encode(part).length).toBeLessThanOrEqual(5_000);
    expect(JSON.parse(parts.join(""))).toEqual({ "auth.json": { content, overwrite: true, key: "authFile" } });
  });

  it.each([
    ["is missing", {}, 'authFile "auth.json" is not there.'],
    ["is no JSON", { "auth.json": "at-hidden" }, 'authFile "auth.json" is no JSON.'],
    ["is a list", { "auth.json": '["at-hidden"]' }, 'authFile "auth.json" has no JSON object in it.'],
    ["is too large", { "auth.json": JSON.stringify({ a: "hidden".repeat(20_000) }) }, "authFile has 120008 bytes"],
  ])("are refused where one %s, and nothing of it is told", (_what, files, says) => {
    const { told } = read([authFile], files);
    expect(told).toEqual([expect.stringContaining(says)]);
    expect(told.join()).not.toContain("hidden");
  });

  it("that git has are taken, with a warning", () => {
    const { files, warned } = read([authFile], { "auth.json": login }, ["auth.json"]);
    expect(files["auth.json"]?.content).toBe(login);
    expect(warned).toEqual([expect.stringMatching(/authFile "auth.json" is in git.*leaked/)]);
  });
});
