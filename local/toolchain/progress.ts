/** How the toolchain tells what it is doing. */

/** One report of a step. `running` lines may come many times a second; each step ends with one `done` or `failed`. */
export interface ProgressEvent {
  readonly step: string;
  readonly state: "running" | "done" | "failed";
  readonly detail: string;
  /** Since the step began. */
  readonly elapsedMs: number;
}

export type Progress = (event: ProgressEvent) => void;

/** Says one line about the step that is running. */
export type Tell = (detail: string) => void;

/** Runs `work` as a named step; what it returns beside its value is the line that the step ends with. */
export async function step<T>(
  progress: Progress,
  name: string,
  work: (tell: Tell) => Promise<{ readonly value: T; readonly summary: string }>,
): Promise<T> {
  const began = performance.now();
  const report = (state: ProgressEvent["state"], detail: string) =>
    progress({ step: name, state, detail, elapsedMs: performance.now() - began });
  try {
    const { value, summary } = await work((detail) => report("running", detail));
    report("done", summary);
    return value;
  } catch (error) {
    report("failed", firstLine(error));
    throw error;
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}
