/** A client that asks once a second, whatever happens meanwhile, and notes how each request ended. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { LocalSystem } from "./harness.ts";

/** How a request ended. The last two are defects. */
export type Ending = "answered" | "refused" | "cut, and told so" | "ended in silence" | "no answer";

/** One request. */
export interface Asked {
  readonly stream: boolean;
  readonly ending: Ending;
  /** Code of the error, if it was one. */
  readonly code: string | undefined;
  /** Milliseconds since the load began, at the request's start. */
  readonly at: number;
  readonly seconds: number;
  /** What was thrown or came, for an ending that is a defect. */
  readonly detail: string;
}

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Asks a chat a second, every third one a stream of so many seconds, as long as `work` lasts. */
export async function underLoad(
  local: LocalSystem,
  streamSeconds: number,
  work: () => Promise<void>,
): Promise<readonly Asked[]> {
  const began = Date.now();
  const asked: Promise<Asked>[] = [];
  const timer = setInterval(() => {
    const n = asked.length;
    const content = n % 3 === 0 ? `FAULT drip ${streamSeconds}\nstream ${n} in some pieces` : `number ${n}`;
    asked.push(ask(local, { content, stream: n % 3 === 0 }, began));
  }, 1000);
  try {
    await work();
    await pause(3000); // and some after it
  } finally {
    clearInterval(timer);
  }
  return Promise.all(asked);
}

interface Chat {
  readonly content: string;
  readonly stream: boolean;
}

async function ask(local: LocalSystem, { content, stream }: Chat, began: number): Promise<Asked> {
  const body = JSON.stringify({ model: "hermes-agent", stream, messages: [{ role: "user", content }] });
  const started = Date.now();
  const over = (ending: Ending, code?: string, detail = ""): Asked => ({
    ...{ stream, ending, code, detail },
    ...{ at: started - began, seconds: (Date.now() - started) / 1000 },
  });
  try {
    const response = await local.client("/v1/chat/completions", { method: "POST", body });
    const text = await response.text();
    if (response.status !== 200) return over("refused", codeIn(text), text);
    if (!stream) return over(text.includes(`echo: ${content}`) ? "answered" : "ended in silence", undefined, text);
    if (text.trimEnd().endsWith("data: [DONE]")) return over("answered");
    const code = codeIn(
      text
        .trimEnd()
        .split("\n\n")
        .at(-1)
        ?.replace(/^data: /, "") ?? "",
    );
    return over(code === undefined ? "ended in silence" : "cut, and told so", code, text);
  } catch (error) {
    return over(
      "no answer",
      undefined,
      error instanceof Error ? `${error.message} ${error.cause ?? ""}` : String(error),
    );
  }
}

function codeIn(text: string): string | undefined {
  try {
    return errorSchema.parse(JSON.parse(text)).error.code;
  } catch {
    return undefined; // no error in our form
  }
}

/** A line of figures: how many ended how, and the slowest. */
export function figures(all: readonly Asked[]): string {
  const counts = new Map<string, number>();
  for (const { ending, code } of all) {
    const name = code === undefined ? ending : `${ending} (${code})`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const slowest = Math.max(0, ...all.map(({ seconds }) => seconds));
  const streams = all.filter(({ stream }) => stream).length;
  const parts = [...counts].map(([name, count]) => `${count} ${name}`);
  return `${all.length} sent, ${streams} of them streams: ${parts.join(", ")}; the slowest took ${slowest.toFixed(1)} s`;
}
