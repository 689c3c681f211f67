/** A real browser for tests: Debian's Chromium, got from apt where it is not there. */
import { type Browser, chromium } from "playwright-core";
import { findProgram, run } from "../local/toolchain/run.ts";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** A browser without a window, or why there is none here. The caller closes it. */
export async function openChromium(): Promise<{ readonly browser: Browser } | { readonly unavailable: string }> {
  const program = found() ?? (await installed());
  if (program === undefined) return { unavailable: "there is no Chromium, and apt could not install it" };
  // Whoever is root needs it without its own sandbox; it only opens pages of the bot under test.
  return { browser: await chromium.launch({ executablePath: program, args: ["--no-sandbox"] }) };
}

function found(): string | undefined {
  return names.map((name) => findProgram(name, process.env.PATH)).find((program) => program !== undefined);
}

async function installed(): Promise<string | undefined> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { env });
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
  return found();
}
