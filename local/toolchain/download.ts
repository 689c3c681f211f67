/** Downloads that are checked, and that give up at once where there is no internet. */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import type { Outcome } from "./sources.ts";

/** Time until the answer begins. Short: a machine without internet goes on to the next source at once. */
const answerMs = 5_000;
/** Time for the whole body (Pulumi's tarball is about 200 MB). */
const bodyMs = 15 * 60_000;

/** Fetches a URL. `lacking` says why not: out of reach, or what the server answered. */
export async function fetchBytes(url: string): Promise<Outcome<Buffer>> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(new Error(`no answer in ${answerMs / 1000} s`)), answerMs);
  try {
    const response = await fetch(url, { signal: stop.signal });
    clearTimeout(timer);
    if (!response.ok) return { lacking: `${new URL(url).host} answered ${response.status}` };
    timer = setTimeout(() => stop.abort(new Error("the download took too long")), bodyMs);
    return { have: Buffer.from(await response.arrayBuffer()) };
  } catch (error) {
    return { lacking: `out of reach (${reason(error)})` };
  } finally {
    clearTimeout(timer);
  }
}

/** Fetches a URL into a file if it has the expected SHA-256. A wrong sum throws: what was promised is not what came. */
export async function fetchFile(url: string, sha256: string, file: string): Promise<Outcome<string>> {
  const answer = await fetchBytes(url);
  if ("lacking" in answer) return answer;
  const actual = createHash("sha256").update(answer.have).digest("hex");
  if (actual !== sha256) throw new ChecksumMismatch(url, sha256, actual);
  await fs.writeFile(file, answer.have);
  return { have: file };
}

/** A download that is not the pinned one. Never worked around: the other sources are not tried. */
export class ChecksumMismatch extends Error {
  override readonly name = "ChecksumMismatch";
  constructor(url: string, expected: string, actual: string) {
    super(
      `${url} has SHA-256 ${actual}, expected ${expected}. Nothing was installed.\nNext: run it again; if it stays, something between you and that server changes downloads.`,
    );
  }
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException).code;
  return code ?? (cause instanceof Error ? cause.message : String(cause));
}
