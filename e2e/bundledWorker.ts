import path from "node:path";
import { build } from "esbuild";
import { checkout } from "../local/paths.ts";

/** A Worker of `worker/testing`, bundled as `infra` bundles the real one. Its declaration comes with the upload. */
export async function bundledWorker(file: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [path.join(checkout, "worker", "testing", file)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    keepNames: true,
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*", "./declaration.txt"],
  });
  const [made] = outputFiles;
  if (made === undefined) throw new Error(`esbuild made nothing of ${file}`);
  return made.contents;
}
