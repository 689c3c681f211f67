import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type BoxDocument, documentLeaves } from "./documentReport.ts";

const sum = (text: string) => createHash("sha256").update(text).digest("hex");
const box = (path: string, declared: string, text: string | null, change: Partial<BoxDocument> = {}): BoxDocument => ({
  ...{ path, declared: sum(declared), box: text === null ? null : sum(text), bytes: text?.length ?? 0 },
  ...{ is: text === null ? "nothing" : "file", at: null, reason: null },
  ...change,
});
const told = (declared: Record<string, string>, found: readonly BoxDocument[] | null) =>
  documentLeaves(declared, found).map(({ path, json, source, drift }) => [path, json, source, drift]);

describe("how documents stand", () => {
  it("is what the stack declares while nothing runs, and as declared where nobody touched it", () => {
    const json = JSON.stringify(`sha256:${sum("kind").slice(0, 12)}, 4 bytes`);
    expect(told({ "SOUL.md": "kind" }, null)).toEqual([["documents.SOUL.md", json, "declared", null]]);
    expect(told({ "SOUL.md": "kind" }, [box("SOUL.md", "kind", "kind")])).toEqual([
      ["documents.SOUL.md", json, "declared", null],
    ]);
  });

  it("says of each that differs what will become of it, and quotes none", () => {
    const declared = { a: "a", b: "b2", c: "c2", d: "d", e: "e", f: "f", g: "g" };
    const found = [
      box("a", "a", "secret edit"),
      box("b", "b", "b"),
      box("c", "c", "secret edit"),
      box("d", "d", null),
      box("e", "e", null, { is: "link" }),
      box("f", "f", null, { is: "unreadable", reason: "not a directory" }),
      box("x", "x", "x"),
      box("y", "y", "secret edit"),
    ];
    expect(told(declared, found).map(([path, , source, drift]) => `${path} (${source}): ${drift}`)).toEqual([
      "documents.a (agent): edited in the box: it stays so until another text is declared",
      "documents.b (declared): another text is declared: it is written when the gateway starts",
      "documents.c (agent): edited in the box, and another text is declared: that is written when the gateway starts, and the edited one stays beside it",
      "documents.d (declared): deleted in the box: it is written again when the gateway starts",
      "documents.e (declared): in its place lies a link",
      "documents.f (declared): it could not be written: not a directory",
      "documents.x (declared): no longer declared: it goes when the gateway starts",
      "documents.y (agent): edited in the box, and no longer declared: it stays, and is the agent's own",
      "documents.g (declared): declared, and not in the container yet: the gateway writes it when it starts",
    ]);
    expect(JSON.stringify(told(declared, found))).not.toContain("secret");
  });
});
