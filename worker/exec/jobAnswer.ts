/** What is answered to whoever reads a job: bytes, and in headers how it stands. */
import type { JobEnd } from "./jobs.ts";

const outputGone = "\n[the rest of the output is gone with its sandbox]\n";

const header = {
  state: "x-job-state",
  next: "x-job-next",
  exit: "x-job-exit",
  endedBy: "x-job-ended-by",
  seconds: "x-job-seconds",
  bytes: "x-job-bytes",
  cut: "x-job-cut",
  survivors: "x-job-survivors",
} as const;

/** How a job ended, as its container says. */
export function endIn(headers: Headers): JobEnd | undefined {
  const exit = headers.get(header.exit);
  if (exit === null) return undefined;
  const number = (name: string) => Number(headers.get(name) ?? 0);
  const said = headers.get(header.endedBy);
  return {
    exit: Number(exit),
    endedBy: said === "deadline" || said === "cancel" ? said : "exit",
    seconds: number(header.seconds),
    bytes: number(header.bytes),
    cut: number(header.cut),
    survivors: number(header.survivors),
    said: outputGone,
  };
}

/** The answer of a container, with the headers that belong to a job and no others. */
export function passed(answer: Response): Response {
  const headers = new Headers({ "content-type": "application/octet-stream" });
  for (const name of Object.values(header)) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(answer.body, { headers });
}

/** The answer for a job of which nothing is known just now. */
export function stillRunning(offset: number): Response {
  return new Response(null, { headers: { [header.state]: "running", [header.next]: String(offset) } });
}

/** The answer for a job whose container is gone. */
export function endedAnswer(end: JobEnd | null, offset: number): Response {
  const body = new TextEncoder().encode(end?.said ?? "");
  return new Response(body, {
    headers: {
      [header.state]: "done",
      [header.next]: String(offset + body.length),
      [header.exit]: String(end?.exit ?? 0),
      [header.endedBy]: end?.endedBy ?? "lost",
      [header.seconds]: String(end?.seconds ?? 0),
      [header.bytes]: String(end?.bytes ?? 0),
      [header.cut]: String(end?.cut ?? 0),
      [header.survivors]: String(end?.survivors ?? 0),
    },
  });
}
