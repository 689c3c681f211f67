/** The document as a stranger's linter reads it, out of the Worker as it is uploaded. */
import path from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { privateWorkerd } from "../../local/runtime/privateWorkerd.ts";
import { compatibility, declarationModule } from "../bindings.ts";
import declaration from "../testing/declarationText.ts";

let miniflare: Miniflare;
let url: URL;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, "..", "app.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*", `./${declarationModule}`],
    footer: { js: "export default app;" },
  });
  const contents = outputFiles[0]?.text ?? "";
  miniflare = new Miniflare({
    ...privateWorkerd,
    workers: [
      {
        config: {
          name: "front-door",
          compatibilityDate: compatibility.date,
          compatibilityFlags: [...compatibility.flags],
          manifest: {
            mainModule: "main.mjs",
            modules: {
              "main.mjs": { type: "esm", contents },
              [declarationModule]: { type: "text", contents: declaration },
            },
          },
        },
      },
    ],
  });
  url = await miniflare.ready;
});
afterAll(() => miniflare.dispose());

it("is an OpenAPI document in which a linter finds nothing", async () => {
  const source = await (await fetch(new URL("/openapi.json", url))).text();
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      "operation-2xx-response": "off", // a log-in leads on; that each route answers is in the table's type
      "operation-4xx-response": "off", // what is open to anyone refuses nothing
      "no-server-example.com": "error",
      "operation-operationId": "error",
      "operation-description": "off",
      "no-ambiguous-paths": "error",
      "path-params-defined": "error",
      "no-unused-components": "error",
      "no-http-verbs-in-paths": "off",
      "security-defined": "error",
      "tags-alphabetical": "off",
      "operation-tag-defined": "error",
    },
  });
  const found = await lintFromString({ source, absoluteRef: "/openapi.json", config });
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
});
