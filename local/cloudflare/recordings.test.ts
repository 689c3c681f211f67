/** What wrangler and the real provider were recorded to send, sent again: the loopback Cloudflare must take all of it. */
import fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { accountId, aLoopback, type Loopback } from "./testing/loopback.ts";

const partSchema = z.object({ headers: z.array(z.string()), body: z.unknown() });
const recordingSchema = z.object({
  exchanges: z.array(
    z.object({
      phase: z.string(),
      method: z.string(),
      path: z.string(),
      body: z.unknown().optional(),
      multipart: z.array(partSchema).optional(),
      answer: z.object({ result: z.unknown() }).optional(),
    }),
  ),
});
type Exchange = z.infer<typeof recordingSchema>["exchanges"][number];

function recorded(file: string): Exchange[] {
  return recordingSchema.parse(JSON.parse(fs.readFileSync(new URL(file, import.meta.url), "utf8"))).exchanges;
}

const wrangler = "fixtures/wrangler-deploy.wire.json";
/** The stand-in of the provider plugin is held to the same recording. */
const provider = "../plugins/cloudflare/vectors.wire.json";

/** Replaces the recording's placeholders by this account's values. */
function translate<T>(value: T, words: ReadonlyMap<string, string>): T {
  let text = JSON.stringify(value);
  for (const [from, to] of words) text = text.replaceAll(from, to);
  return JSON.parse(text);
}

function formOf(parts: readonly z.infer<typeof partSchema>[]): FormData {
  const form = new FormData();
  for (const { headers, body } of parts) {
    const field = (name: string): string | undefined => new RegExp(` ${name}="([^"]+)"`).exec(headers.join("\n"))?.[1];
    const name = field("name") ?? "";
    const type = /Content-Type: (.+)/.exec(headers.join("\n"))?.[1] ?? "";
    if (field("filename")) form.append(name, new File([String(body)], name, { type }));
    else form.append(name, JSON.stringify(body));
  }
  return form;
}

const idSchema = z.object({ id: z.string() });
let cloudflare: Loopback;

beforeEach(async () => {
  cloudflare = await aLoopback({ zones: [{ id: "b".repeat(32), name: "example.com" }] });
  await cloudflare.send("POST", "/r2/buckets", { name: "talaria-dev" });
});
afterEach(() => cloudflare.close());

describe("wrangler's recorded deploy", () => {
  it("is taken request by request: first deploy, new image, nothing changed", async () => {
    const words = new Map([["ACCOUNT", accountId]]);
    const refused: string[] = [];
    for (const exchange of recorded(wrangler)) {
      const { method, path, body, multipart } = translate(exchange, words);
      const reply = await cloudflare.send(method, `~${path}`, multipart ? formOf(multipart) : body);
      if (!reply.success)
        refused.push(`${exchange.phase}: ${method} ${path.split("/").slice(4).join("/")} ${reply.errors[0]?.code}`);
      if (multipart) {
        const { deployment_id } = z.object({ deployment_id: z.string() }).parse(reply.result);
        const hyphens = deployment_id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
        words.set("dddddddd-dddd-dddd-dddd-dddddddddddd", hyphens);
      }
      if (path.includes("/versions/")) words.set("NAMESPACE_EXECBOX", namespaceIn(reply.result, "ExecBox"));
      if (method === "POST" && path.endsWith("/applications")) words.set("app-1", idSchema.parse(reply.result).id);
    }
    expect(refused).toEqual([
      "first deploy: GET services/talaria-dev 10090",
      "first deploy: GET scripts/talaria-dev/secrets 10007",
      "first deploy: GET scripts/talaria-dev/deployments 10007",
      "first deploy: GET scripts/talaria-dev/settings 10007",
    ]);
    const { workers, images, calls } = cloudflare.runtime;
    expect(workers.get("talaria-dev")?.classes).toEqual({ Agent: { container: false }, ExecBox: { container: true } });
    expect(workers.get("talaria-dev")?.modules.map((one) => one.name)).toEqual(["index.js"]);
    expect(images.get("talaria-dev.ExecBox")).toBe(`registry.cloudflare.com/${accountId}/talaria-exec:def`);
    expect(calls).toContain("public talaria-dev true");
    expect(calls).toContain("schedules talaria-dev */5 * * * *");
  });
});

describe("the provider's recorded requests", () => {
  it("are taken phase by phase, and answered with what they set", async () => {
    const [upload] = recorded(wrangler).filter((one) => one.multipart);
    await cloudflare.send("PUT", "/workers/scripts/talaria-dev", formOf(upload?.multipart ?? []));
    await cloudflare.send("DELETE", "/r2/buckets/talaria-dev");
    const words = new Map([
      ["ACCOUNT", accountId],
      ["ZONE", "b".repeat(32)],
      [`aa${"0".repeat(30)}`, "2efd5506f9c8494dacb1fa10a3e7d5b6"],
    ]);
    for (const exchange of recorded(provider)) {
      const { method, path, body } = translate(exchange, words);
      const reply = await cloudflare.send(method, `~${path}`, body);
      expect(reply.errors, `${exchange.phase}: ${method} ${path}`).toEqual([]);
      const theirs = idSchema.safeParse(exchange.answer?.result);
      const ours = idSchema.safeParse(reply.result);
      if (method !== "DELETE" && theirs.success && ours.success && !words.has(theirs.data.id))
        words.set(theirs.data.id, ours.data.id);
      if (body && !Array.isArray(body) && !path.endsWith("/r2/buckets")) {
        const { client_secret_version: _, ...kept } = z.record(z.string(), z.unknown()).parse(body);
        expect(reply.result, `${method} ${path}`).toMatchObject(kept);
      }
    }
  });
});

function namespaceIn(version: unknown, className: string): string {
  const binding = z.looseObject({ class_name: z.string().optional(), namespace_id: z.string().optional() });
  const { resources } = z.object({ resources: z.object({ bindings: z.array(binding) }) }).parse(version);
  return resources.bindings.find((one) => one.class_name === className)?.namespace_id ?? "";
}
