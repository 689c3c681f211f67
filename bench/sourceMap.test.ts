import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { textBySource } from "./sourceMap.ts";

describe("a bundle's text by source", () => {
  it("gives each source its own lines, and loses none", async () => {
    const files: Record<string, string> = {
      "main.js": 'import { far } from "far.js";\nconsole.log(far("near"));',
      "far.js": "export function far(text) {\n  return text + 1;\n}",
    };
    const virtual = {
      name: "virtual",
      setup(made: import("esbuild").PluginBuild) {
        made.onResolve({ filter: /.*/ }, ({ path }) => ({ path, namespace: "virtual" }));
        made.onLoad({ filter: /.*/ }, ({ path }) => ({ contents: files[path] ?? "" }));
      },
    };
    const options = { bundle: true, write: false, format: "esm", sourcemap: "external", outfile: "out.js" } as const;
    const { outputFiles } = await build({ ...options, entryPoints: ["main.js"], plugins: [virtual] });
    const content = (suffix: string) => outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? "";
    const texts = textBySource(content("out.js"), content("out.js.map"));
    expect(texts.get("virtual:far.js")).toContain("return text + 1");
    expect(texts.get("virtual:main.js")).toContain('far("near")');
    expect([...texts.values()].join("").length).toBeGreaterThanOrEqual(content("out.js").length);
    expect([...texts.values()].join("").length).toBeLessThanOrEqual(content("out.js").length + 1);
  });
});
