import fs from "node:fs";
import path from "node:path";
import type { Display } from "./display.ts";
import { checkout } from "./paths.ts";

/** Editors write a file several times; one deploy is enough. */
const settleMs = 300;

/** Deploys after each edit of `worker/`, one at a time. A failed deploy is shown; the next edit tries again. */
export function watchWorker(deploy: () => Promise<unknown>, display: Display): void {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  fs.watch(path.join(checkout, "worker"), { recursive: true }, (_event, file) => {
    if (!file || /\.test\.ts$/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      display.line(`${file} has changed`);
      running = running.then(async () => {
        await deploy().catch((error: unknown) => display.line(String(error)));
      });
    }, settleMs);
  });
  display.line("Watching worker/ for edits.");
}
