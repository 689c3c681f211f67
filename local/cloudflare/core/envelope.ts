/** The envelope around every answer of the v4 API. */
import { PortInUse } from "../../runtime/ports.ts";
import { ApiProblem } from "./problems.ts";

/** Paging figures beside a list. */
export interface ResultInfo {
  readonly page?: number;
  readonly per_page?: number;
  readonly count?: number;
  readonly total_count?: number;
  readonly cursor?: string;
  readonly next_page_token?: string;
}

/** What an endpoint answers: a result for the envelope. */
export interface Answer {
  readonly result: unknown;
  readonly resultInfo?: ResultInfo;
}

/** Wraps a result. Name `T`, a response type of the official client, so that the compiler checks the shape. */
export function ok<T>(result: T, resultInfo?: ResultInfo): Answer {
  return resultInfo ? { result, resultInfo } : { result };
}

/** Cuts one page out of a list and says so in `result_info`. */
export function page<T>(
  all: readonly T[],
  query: { page?: number | undefined; per_page?: number | undefined },
): Answer {
  const number = query.page ?? 1;
  const size = query.per_page ?? 20;
  const items = all.slice((number - 1) * size, number * size);
  return ok<T[]>(items, { page: number, per_page: size, count: items.length, total_count: all.length });
}

/** The HTTP answer of a success. */
export function succeed(answer: Answer): Response {
  const { result, resultInfo } = answer;
  const info = resultInfo ? { result_info: resultInfo } : {};
  return Response.json({ success: true, errors: [], messages: [], result, ...info });
}

/** The HTTP answer of a failure. */
export function fail(error: unknown): Response {
  const problem = problemOf(error);
  const messages = problem.hint ? [{ code: problem.code, message: problem.hint }] : [];
  const errors = [{ code: problem.code, message: problem.message }];
  return Response.json({ success: false, errors, messages, result: null }, { status: problem.status });
}

/** A port that is taken is the user's to free: a 500 would be repeated for minutes. Anything else unknown is a defect of this API. */
function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new ApiProblem(error instanceof PortInUse ? "portInUse" : "internal", { why });
}
