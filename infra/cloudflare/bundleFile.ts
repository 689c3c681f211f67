/**
 * Hands a bundle from the program to the provider's process: a file in the temp folder, named by the bundle's hash.
 * Megabytes of code stay out of the state, and no path of this machine gets into it.
 */
import type { Bundle } from "../bundle.ts";

const day = 86_400_000;

/** Writes a bundle for {@link takeBundle} and removes those that nobody took for a day. */
export async function leaveBundle(bundle: Bundle): Promise<void> {
  const { mkdir, readdir, rename, rm, stat, writeFile } = await import("node:fs/promises");
  const folder = await bundleFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const file of await readdir(folder)) {
    const { mtimeMs } = await stat(`${folder}/${file}`).catch(() => ({ mtimeMs: 0 })); // another run removed it
    if (Date.now() - mtimeMs > day) await rm(`${folder}/${file}`, { force: true });
  }
  const draft = `${folder}/${bundle.hash}.${process.pid}`;
  await writeFile(draft, JSON.stringify(bundle), { mode: 0o600 });
  await rename(draft, `${folder}/${bundle.hash}.json`);
}

/** Reads the bundle with this hash and checks that it is the one. */
export async function takeBundle(hash: string): Promise<Bundle> {
  const { readFile } = await import("node:fs/promises");
  const { createHash } = await import("node:crypto");
  const bundle: Bundle = JSON.parse(await readFile(`${await bundleFolder()}/${hash}.json`, "utf8"));
  const found = createHash("sha256").update(JSON.stringify(bundle.modules)).digest("hex");
  if (found !== hash) throw new Error(`The Worker's bundle changed while it was deployed. Run the command again.`);
  return bundle;
}

async function bundleFolder(): Promise<string> {
  const { tmpdir, userInfo } = await import("node:os");
  return `${tmpdir()}/talaria-bundles-${userInfo().uid}`;
}
