import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Bundle } from "../bundle.ts";
import { uploadForm } from "./workerForm.ts";

/** wrangler 4.164.0 deploying a Worker with two classes, one of which has containers. */
const recording = z
  .object({
    exchanges: z.array(
      z.object({
        method: z.string(),
        path: z.string(),
        multipart: z
          .array(
            z.object({ headers: z.array(z.string()), body: z.union([z.string(), z.record(z.string(), z.unknown())]) }),
          )
          .optional(),
      }),
    ),
  })
  .parse(JSON.parse(fs.readFileSync(path.join(import.meta.dirname, "fixtures", "wranglerDeploy.wire.json"), "utf8")));
const [recorded] = recording.exchanges.flatMap(({ multipart }) => (multipart === undefined ? [] : [multipart]));

const bundle: Bundle = {
  mainModule: "index.js",
  modules: [
    { name: "index.js", type: "application/javascript+module", content: "export default {}" },
    { name: "index.js.map", type: "application/source-map", content: "{}" },
  ],
  hash: "",
};

/** The Worker of the recording, declared our way. */
const sameWorker = {
  bindings: {
    SLEEP_AFTER: { type: "plain_text", text: "4h" },
    AGENT: { type: "durable_object_namespace", class_name: "Agent" },
    EXEC_BOX: { type: "durable_object_namespace", class_name: "ExecBox" },
    SNAPSHOTS: { type: "r2_bucket", bucket_name: "talaria-dev" },
  },
  secrets: {},
  classes: { Agent: "", ExecBox: "talaria-dev-exec" },
  compatibilityDate: "2026-11-01",
  compatibilityFlags: ["nodejs_compat"],
  tags: [],
  texts: {},
};

interface Part {
  readonly headers: readonly string[];
  readonly body: string;
}

/** The parts as they go over the wire. */
async function partsOf(form: FormData): Promise<Part[]> {
  const request = new Request("http://127.0.0.1/", { method: "PUT", body: form });
  const boundary = /boundary=(.+)$/.exec(request.headers.get("content-type") ?? "")?.[1] ?? "";
  const text = await request.text();
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = "", ...body] = part.replace(/^\r\n|\r\n$/g, "").split("\r\n\r\n");
      return { headers: head.split("\r\n"), body: body.join("\r\n\r\n") };
    });
}

test("sends what wrangler sends, part by part, but keeps no binding that is not declared", async () => {
  const parts = await partsOf(uploadForm(bundle, sameWorker));
  expect(recorded).toBeDefined();
  expect(parts.map(({ headers }) => headers)).toEqual(recorded?.map(({ headers }) => headers));
  const { keep_bindings, ...metadata } = z.record(z.string(), z.unknown()).parse(recorded?.[0]?.body);
  expect(keep_bindings).toEqual(["secret_text", "secret_key"]);
  const { tags, ...ours } = z.record(z.string(), z.unknown()).parse(JSON.parse(parts[0]?.body ?? ""));
  expect(ours).toEqual(metadata);
  expect(tags).toEqual([]); // wrangler leaves the word out where there is none; said, it takes the tags of an earlier upload away
});

test("sends secrets as bindings and the declaration as a text module", async () => {
  const declared = { ...sameWorker, secrets: { ADMIN_TOKEN: "hush" }, texts: { "declaration.txt": "{}" } };
  const parts = await partsOf(uploadForm(bundle, declared));
  expect(JSON.parse(parts[0]?.body ?? "").bindings).toContainEqual({
    name: "ADMIN_TOKEN",
    type: "secret_text",
    text: "hush",
  });
  expect(parts.at(-1)).toEqual({
    headers: [
      'Content-Disposition: form-data; name="declaration.txt"; filename="declaration.txt"',
      "Content-Type: text/plain",
    ],
    body: "{}",
  });
});
