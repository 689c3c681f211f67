/** How large the Worker is, and whose code it is; beside it a Worker that does nothing but use the Sandbox SDK. */
import path from "node:path";
import { gzipSync } from "node:zlib";
import { bundleWorker } from "../infra/bundle.ts";
import { checkout } from "../local/paths.ts";
import { textBySource } from "./sourceMap.ts";
import { kilobytes, printTable, ratio } from "./table.ts";

/** Smaller ones share one row. */
const smallestBytes = 5_000;

export async function size(): Promise<void> {
  const ours = await read("worker/index.ts");
  const alone = await read("bench/fixtures/sandboxAlone.js");
  const names = [...ours.packages.keys()].sort((a, b) => bytes(ours.packages.get(b)) - bytes(ours.packages.get(a)));
  const small = names.filter((name) => bytes(ours.packages.get(name)) < smallestBytes);
  const row = (title: string, text: string | undefined, beside: string | undefined) => [
    title,
    ...[bytes, gzipped].map((of) => kilobytes(of(text))),
    ...[bytes, gzipped].map((of) => (beside === undefined ? "–" : kilobytes(of(beside)))),
  ];
  const together = (packages: ReadonlyMap<string, string>) => small.map((name) => packages.get(name) ?? "").join("");
  printTable("size: the code that is uploaded, not minified; gzip of a row's code alone", [
    ["", "Worker", "gzip", "SDK alone", "gzip"],
    ...names
      .filter((name) => !small.includes(name))
      .map((name) => row(name, ours.packages.get(name), alone.packages.get(name))),
    row(`${small.length} smaller: ${small.join(", ")}`, together(ours.packages), together(alone.packages)),
    row("whole", ours.code, alone.code),
  ]);
  const of = (measure: (text: string) => number) => ratio(measure(ours.code), measure(alone.code));
  console.log(`\nThe Worker's whole is ${of(bytes)} of the SDK's, gzipped ${of(gzipped)}.`);
  console.log(`With its source map ${kilobytes(bytes(ours.map))} more (gzip ${kilobytes(gzipped(ours.map))}).`);
}

async function read(entry: string) {
  const { mainModule, modules } = await bundleWorker(entry, checkout);
  const content = (name: string) => modules.find((module) => module.name === name)?.content ?? "";
  const [code, map] = [content(mainModule), content(`${mainModule}.map`)];
  const packages = new Map<string, string>();
  for (const [source, text] of textBySource(code, map)) {
    const name = packageOf(source);
    packages.set(name, (packages.get(name) ?? "") + text);
  }
  return { code, map, packages };
}

/** `../node_modules/@a/b/dist/c.js` → `@a/b`. Paths in the map are relative to `worker/`, as the upload's are. */
function packageOf(source: string): string {
  if (source === "") return "esbuild's helpers";
  const [, inPackage] = source.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/) ?? [];
  return inPackage ?? `${path.normalize(path.join("worker", source)).split("/")[0]}/`;
}

function bytes(text = ""): number {
  return Buffer.byteLength(text);
}

function gzipped(text = ""): number {
  return gzipSync(text, { level: 9 }).length;
}
