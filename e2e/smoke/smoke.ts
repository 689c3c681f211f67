/** What every point is given: the API, the names of this run, and a way to wait that an interrupt ends. */
import type { Ledger } from "./ledger.ts";
import type { Settings } from "./settings.ts";
import type { Transcript } from "./transcript.ts";

/** Names of everything that a run makes; each run has its own. */
export interface Names {
  readonly worker: string;
  readonly application: string;
  /** A second application for the same class, which the platform should refuse. */
  readonly rival: string;
  /** A token that may do nothing but containers. */
  readonly token: string;
  /** A Worker made through the versions API. */
  readonly versioned: string;
  /** What is made of Access: a policy, a service token, an application. */
  readonly access: string;
}

/** A run, as its points see it. */
export interface Smoke {
  readonly settings: Settings;
  readonly names: Names;
  readonly transcript: Transcript;
  readonly ledger: Ledger;
  /** Opens the fixture's door; also the secret that must never come back. */
  readonly fixtureKey: string;
  /** Ends the waits of {@link until}. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. */
  readonly pauseMs: number;
}

/** The run was interrupted while something waited. */
export class Interrupted extends Error {
  override readonly message = "interrupted";
}

/** Names that no other run has. */
export function namesOf(id: string): Names {
  const worker = `talaria-smoke-${id}`;
  return {
    worker,
    application: `${worker}-box`,
    rival: `${worker}-rival`,
    token: `${worker}-push`,
    versioned: `${worker}-version`,
    access: `${worker}-access`,
  };
}

/**
 * Looks until something is there.
 * @returns what was seen and after how many seconds; undefined when the time is over
 * @throws Interrupted
 */
export async function until<T>(
  { signal, pauseMs }: Smoke,
  seconds: number,
  look: () => Promise<T | undefined>,
): Promise<{ readonly seen: T; readonly after: number } | undefined> {
  const began = Date.now();
  for (;;) {
    if (signal.aborted) throw new Interrupted();
    const seen = await look();
    const after = Math.round((Date.now() - began) / 1000);
    if (seen !== undefined) return { seen, after };
    if (after >= seconds) return undefined;
    await pause(pauseMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
