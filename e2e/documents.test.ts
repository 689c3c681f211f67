import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkout } from "../local/paths.ts";
import packageJson from "../package.json" with { type: "json" };

const documents = ["AGENTS.md", "CONTRIBUTING.md", "SECURITY.md"];
const read = (name: string) => fs.readFileSync(path.join(checkout, name), "utf8");

/** Paths in backticks, arguments of test commands, and links. */
function pathsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+)`/g)];
  const tested = [...text.matchAll(/vitest run --project \w+ (\S+\.test\.ts)/g)];
  const linked = [...text.matchAll(/\]\((\w[\w./-]*)\)/g)];
  return [...quoted, ...tested, ...linked].map(([, found = ""]) => found);
}

describe.each(documents)("%s", (name) => {
  it("names files and folders that exist", () => {
    const found = pathsIn(read(name));
    expect(found.filter((one) => !fs.existsSync(path.join(checkout, one)))).toEqual([]);
  });

  it("names npm scripts that exist", () => {
    const scripts = [...read(name).matchAll(/npm run ([\w:]+)/g)].map(([, script = ""]) => script);
    expect(scripts.filter((script) => !(script in packageJson.scripts))).toEqual([]);
  });
});

describe("AGENTS.md", () => {
  it("fits on a page or two", () => {
    expect(pathsIn(read("AGENTS.md")).length).toBeGreaterThan(20);
    expect(read("AGENTS.md").split("\n").length).toBeLessThan(120);
  });
});
