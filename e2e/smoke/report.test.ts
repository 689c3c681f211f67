import { describe, expect, it } from "vitest";
import { undecided } from "./point.ts";
import { type Run, report, reportName } from "./report.ts";
import { readSettings } from "./settings.ts";
import type { NotedCall } from "./transcript.ts";

const settings = readSettings([], { CLOUDFLARE_API_TOKEN: "token", CLOUDFLARE_ACCOUNT_ID: "ab".repeat(16) });
if (settings === undefined) throw new Error("no settings");
const at = new Date("2026-11-21T11:55:03Z");

function aRun(changes: Partial<Run>): Run {
  const empty = { findings: [], cleanUp: [], left: [], interrupted: false };
  return { settings: settings as Run["settings"], began: at, ended: at, versions: {}, ...empty, ...changes };
}

function calls(count: number): NotedCall[] {
  return Array.from({ length: count }, (_, n) => ({ method: "GET", path: `/${n}`, outcome: "200", ms: 1, answer: "" }));
}

describe("the report of a smoke run", () => {
  it("is named by its moment, so that two runs of a day stay apart", () => {
    expect(reportName(at)).toBe("smoke-report-2026-11-21-115503.md");
  });

  it("shows the beginning and the end of a long wait", () => {
    const point = { id: "rollout", question: "?", needs: [], ask: async () => undecided("") };
    const text = report(aRun({ findings: [{ point, ...undecided("a | b"), calls: calls(1000) }] }));
    expect(text).toContain("GET /0 ");
    expect(text).toContain("… 976 calls between");
    expect(text).toContain("GET /999 ");
    expect(text).not.toContain("GET /500 ");
    expect(text).toContain("| rollout | undecided | yes | a \\| b |");
  });

  it("names what is left, and how to remove it", () => {
    const left = [{ what: "Worker smoke", why: "500", byHand: "curl -X DELETE …" }];
    expect(report(aRun({ left }))).toContain("- **Worker smoke**: 500\n\n      curl -X DELETE …");
    expect(report(aRun({}))).toContain("## Left behind\n\nNothing.");
  });
});
