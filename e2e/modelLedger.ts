/** What the canned model of a local system has served, from its ledger. */
import fs from "node:fs/promises";
import path from "node:path";
import type { LedgerEntry } from "../local/model/index.ts";

/** Requests for an answer, oldest first, without those that Hermes makes for itself. */
export async function modelRequests(stateDir: string): Promise<readonly LedgerEntry[]> {
  const text = await fs.readFile(path.join(stateDir, "model-ledger.jsonl"), "utf8");
  const entries = text
    .trim()
    .split("\n")
    .map((line): LedgerEntry => JSON.parse(line));
  return entries.filter(({ api, auxiliary }) => api !== "models" && !auxiliary);
}
