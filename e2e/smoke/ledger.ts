/** What a run makes in the account: written down before it is made, removed whatever happens. */
import { unlessGone } from "../../infra/cloudflare/api.ts";
import type { Transcript } from "./transcript.ts";

/** A thing that may exist in the account. */
export interface Made {
  /** As a person reads it: `container application talaria-smoke-…-box`. */
  readonly what: string;
  /** Path that DELETE removes it by, or undefined when it is not there. */
  readonly find: (transcript: Transcript) => Promise<string | undefined>;
}

/** A thing that could not be removed, and how to do it by hand. */
export interface Left {
  readonly what: string;
  readonly why: string;
  readonly byHand: string;
}

/** Looks, deletes and looks again so often before a thing counts as left. */
const attempts = 5;

/** Remembers and removes. */
export class Ledger {
  readonly #made: Made[] = [];

  /** Call it before the request that makes the thing, so that an interrupt in between leaves nothing. */
  expect(made: Made): void {
    if (!this.#made.some(({ what }) => what === made.what)) this.#made.push(made);
  }

  /** Names of everything that may exist. */
  get names(): string[] {
    return this.#made.map(({ what }) => what);
  }

  /**
   * Removes everything, the newest first.
   * @param pauseMs between two attempts
   * @returns what is still there, or may be
   */
  async clear(transcript: Transcript, apiBaseUrl: string, pauseMs: number): Promise<Left[]> {
    const left: Left[] = [];
    for (const made of this.#made.toReversed()) {
      const one = await remove(made, transcript, apiBaseUrl, pauseMs);
      if (one !== undefined) left.push(one);
    }
    return left;
  }
}

async function remove(made: Made, transcript: Transcript, base: string, pauseMs: number): Promise<Left | undefined> {
  let why = "it is still listed after it was deleted";
  let path: string | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      path = await made.find(transcript);
      if (path === undefined) return undefined;
      await unlessGone(transcript.call("DELETE", path));
      path = await made.find(transcript);
      if (path === undefined) return undefined;
    } catch (error) {
      why = transcript.clean(error instanceof Error ? error.message : String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  const byHand =
    path === undefined
      ? "look for it in the dashboard (Workers & Pages, Containers, Account API tokens)"
      : `curl -X DELETE -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" "${base}${path.replace(":account", "$CLOUDFLARE_ACCOUNT_ID")}"`;
  return { what: made.what, why, byHand };
}
