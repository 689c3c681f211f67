/** One request to a chat platform's API. A platform that is out of order must not stop a deploy, so nothing here throws. */
import { type Finding, warning } from "./finding.ts";

/** How long a platform may take, in milliseconds. */
const patienceMs = 5_000;

/** What a platform answered, whatever its status. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined for anything else. */
  readonly body: unknown;
}

/** Who is asked, for messages: an address may hold the token and is never told. */
export interface Place {
  readonly label: string;
  readonly api: string;
}

/** Asks once. The answer is a reply, or why there is none that says anything. */
export async function ask(
  { label, api }: Place,
  path: string,
  headers: Readonly<Record<string, string>>,
  method: "GET" | "POST" = "GET",
): Promise<Reply | Finding> {
  const { host } = new URL(api);
  let response: Response;
  try {
    const signal = AbortSignal.timeout(patienceMs);
    response = await fetch(`${api}${path}`, { method, headers, redirect: "manual", signal });
  } catch (error) {
    const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: string } };
    const reason =
      name === "TimeoutError" ? `no answer in ${patienceMs / 1000} seconds` : (cause?.code ?? "no connection");
    return warning(`${label} could not be asked (${host}: ${reason}), so its tokens are deployed unchecked.`);
  }
  const body = await response.json().catch(() => undefined); // what is no JSON is judged by its status
  if (response.status < 500 && response.status !== 429)
    return { status: response.status, headers: response.headers, body };
  return warning(
    `${label} did not answer what was asked (${host}: ${response.status}), so its tokens are deployed unchecked.`,
  );
}

/** Whether there is no reply. */
export function isFinding(answer: Reply | Finding): answer is Finding {
  return "kind" in answer;
}
