/** What a person sees while `npm run local` works: one line a step, with its time; on a terminal the running step moves. */
import type { ProgressEvent } from "./toolchain/progress.ts";

const isTerminal = process.stdout.isTTY === true;
/** Without a terminal, a running step says something this often. */
const quietMs = 15_000;

const dim = (text: string) => (isTerminal ? `\x1b[2m${text}\x1b[0m` : text);
const mark = { running: "…", done: "✓", failed: "✗" } as const;

export class Display {
  private readonly lastSaid = new Map<string, number>();

  /** For the toolchain's and our own steps. */
  readonly progress = (event: ProgressEvent): void => {
    const line = `${mark[event.state]} ${event.step.padEnd(22)} ${event.detail} ${dim(`(${seconds(event.elapsedMs)})`)}`;
    if (event.state !== "running") this.line(line);
    else if (isTerminal) process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 120) - 1)}`);
    else if (event.elapsedMs - (this.lastSaid.get(event.step) ?? -quietMs) >= quietMs) {
      this.lastSaid.set(event.step, event.elapsedMs);
      this.line(line);
    }
  };

  line(text: string): void {
    process.stdout.write(isTerminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  /** Output of a program that a step runs, set in from the margin. */
  quoted(text: string): void {
    this.line(dim(`    ${text}`));
  }

  raw(text: string): void {
    process.stdout.write(text);
  }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
