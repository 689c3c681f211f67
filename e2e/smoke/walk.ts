/** Asks the points one after another; an interrupt ends the walk, never the clean-up. */
import type { ApiError } from "../../infra/cloudflare/api.ts";
import { differs, type Point, undecided, type Verdict } from "./point.ts";
import { Interrupted, type Smoke } from "./smoke.ts";
import type { NotedCall } from "./transcript.ts";

/** A point that was asked, or was not. */
export interface Finding extends Verdict {
  readonly point: Point;
  readonly calls: readonly NotedCall[];
}

/** How long a call that is under way when the run is interrupted may still take, in milliseconds. */
const lastCall = 30_000;

/** Asks each point whose needs hold. @param tell is called with each finding */
export async function walk(
  points: readonly Point[],
  smoke: Smoke,
  tell: (finding: Finding) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const point of points) {
    const mark = smoke.transcript.calls.length;
    const verdict = (await stopped(point, smoke, findings)) ?? (await asked(point, smoke));
    const detail = smoke.transcript.clean(verdict.detail);
    const finding = { point, ...verdict, detail, calls: smoke.transcript.since(mark) };
    findings.push(finding);
    tell(finding);
  }
  return findings;
}

async function stopped(point: Point, { signal }: Smoke, before: readonly Finding[]): Promise<Verdict | undefined> {
  if (signal.aborted) return undecided("The run was interrupted.");
  const lacking = point.needs.filter((id) => !before.some((one) => one.point.id === id && one.verdict === "holds"));
  return lacking.length === 0 ? undefined : undecided(`Not asked: ${lacking.join(", ")} must hold first.`);
}

/** An interrupt waits for the call under way, so that nothing is made behind the clean-up's back. */
async function asked(point: Point, smoke: Smoke): Promise<Verdict> {
  const over = new AbortController();
  const interrupted = new Promise<Verdict>((resolve) => {
    const begin = () => {
      const timer = setTimeout(() => resolve(undecided("The run was interrupted.")), lastCall);
      over.signal.addEventListener("abort", () => clearTimeout(timer));
    };
    smoke.signal.addEventListener("abort", begin, { once: true, signal: over.signal });
  });
  const verdict = await Promise.race([point.ask(smoke).catch(verdictOf), interrupted]);
  over.abort();
  return verdict;
}

/** A refusal is an answer; a token that may not ask, or a server that fails, is none. */
function verdictOf(error: unknown): Verdict {
  if (error instanceof Interrupted) return undecided("The run was interrupted.");
  const { status, message = String(error) } = error as Partial<ApiError>;
  if (status === undefined) return differs(`The answer is not as expected: ${message}`);
  const [said = ""] = message.split("\n"); // what follows is advice on a stack's configuration
  if (status === 401 || status === 403) return undecided(`The token may not ask this: ${said}`);
  if (status === 0) return undecided(said.replace("talaria:apiBaseUrl", "CLOUDFLARE_API_BASE_URL"));
  return status < 500 && status !== 429 ? differs(`Refused: ${said}`) : undecided(`Not answered: ${said}`);
}
