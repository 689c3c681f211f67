import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { bundleWorker } from "./bundle.ts";

const made: string[] = [];
afterEach(async () => {
  for (const folder of made.splice(0)) await fs.rm(folder, { recursive: true, force: true });
});

/** A repository with a small Worker in it. */
async function aTop(answer = "hello"): Promise<string> {
  const top = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-bundle-test-"));
  made.push(top);
  await fs.mkdir(path.join(top, "worker"));
  await fs.writeFile(
    path.join(top, "worker", "index.ts"),
    `import { DurableObject } from "cloudflare:workers";
import { Buffer } from "node:buffer";
import declaration from "./declaration.txt";
export class Agent extends DurableObject { async answer(): Promise<string> { return ${JSON.stringify(answer)}; } }
export default { fetch: () => new Response(declaration + Buffer.from("x").toString("hex")) };`,
  );
  return top;
}

const entry = "worker/index.ts";

test("the same source has the same hash wherever it lies", async () => {
  const [one, other, changed] = await Promise.all(
    [await aTop(), await aTop(), await aTop("bye")].map((top) => bundleWorker(entry, top)),
  );
  expect(one?.hash).toBe(other?.hash);
  expect(changed?.hash).not.toBe(one?.hash);
});

test("leaves the platform's modules and the declaration to the platform, and names classes as written", async () => {
  const { modules, mainModule } = await bundleWorker(entry, await aTop());
  const [code, map] = modules;
  expect(mainModule).toBe("index.js");
  for (const module of ["cloudflare:workers", "node:buffer", "./declaration.txt"]) {
    expect(code?.content).toContain(`from "${module}"`);
  }
  expect(code?.content).toContain(`__name(this, "Agent")`);
  expect(code?.content).toContain("//# sourceMappingURL=index.js.map");
  expect(JSON.parse(map?.content ?? "").sources).toEqual(["index.ts"]);
});

test("our own Worker bundles and exports every class that the upload declares", async () => {
  const { modules } = await bundleWorker(entry, path.dirname(import.meta.dirname));
  const exported = /export \{([^}]+)\}/.exec(modules[0]?.content ?? "")?.[1] ?? "";
  for (const name of ["Agent", "ExecSession", "ExecPool", "AgentBox", "ExecBox", "CareBox"])
    expect(exported).toMatch(new RegExp(`\\b${name}\\b`));
});
