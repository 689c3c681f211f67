import { createHash } from "node:crypto";
import path from "node:path";
import { build } from "esbuild";
import { declarationModule } from "../worker/bindings.ts";

/** One part of an upload. */
export interface BundleModule {
  readonly name: string;
  readonly type: "application/javascript+module" | "application/source-map";
  readonly content: string;
}

/** A Worker's code, ready to upload. The same source has the same hash on every machine. */
export interface Bundle {
  readonly mainModule: string;
  readonly modules: readonly BundleModule[];
  /** SHA-256 of the modules, hex. */
  readonly hash: string;
}

const mainModule = "index.js";

/**
 * Bundles a Worker in-process, as wrangler does. The declaration stays an import: it travels as a module of its own.
 * @param entry the Worker's main file, relative to `top`
 * @param top the repository's top; paths in the source map are relative to it
 */
export async function bundleWorker(entry: string, top: string): Promise<Bundle> {
  const { outputFiles } = await build({
    absWorkingDir: top,
    entryPoints: [entry],
    outfile: path.join("worker", mainModule),
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["browser", "module", "main"],
    conditions: ["workerd", "worker", "browser"],
    define: { "process.env.NODE_ENV": '"production"', "navigator.userAgent": '"Cloudflare-Workers"' },
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: true,
    legalComments: "none",
    external: ["cloudflare:*", "node:*", `./${declarationModule}`],
    logLevel: "silent",
  });
  const content = (suffix: string) => outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? "";
  const modules: readonly BundleModule[] = [
    { name: mainModule, type: "application/javascript+module", content: content(mainModule) },
    { name: `${mainModule}.map`, type: "application/source-map", content: content(`${mainModule}.map`) },
  ];
  return { mainModule, modules, hash: createHash("sha256").update(JSON.stringify(modules)).digest("hex") };
}
