import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { startModel } from "./server.ts";

describe("the ledger of the canned model", () => {
  it("holds what was served, in memory and in the file, and no message text", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-model-"));
    const ledgerFile = path.join(folder, "deep", "ledger.jsonl");
    const model = await startModel({ ledgerFile });
    try {
      const body = JSON.stringify({
        model: "canned",
        messages: [{ role: "user", content: "my secret plan" }],
        extra: 1,
      });
      const post = (headers: Record<string, string>, text: string) =>
        fetch(`${model.url}/v1/chat/completions`, { method: "POST", headers, body: text });
      expect((await post({ authorization: "Bearer any" }, body)).status).toBe(200);
      expect((await post({}, body)).status).toBe(401);
      expect((await post({ authorization: "Bearer any" }, "{")).status).toBe(400);

      const entries = model.ledger();
      expect(entries.map((entry) => [entry.status, entry.outcome])).toEqual([
        [200, "answered"],
        [401, "refused"],
        [400, "refused"],
      ]);
      expect(entries[0]).toMatchObject({
        api: "chat.completions",
        model: "canned",
        promptTokens: 4,
        completionTokens: 5,
      });
      const written = await readFile(ledgerFile, "utf8");
      expect(
        written
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ).toEqual(entries);
      expect(written).not.toContain("secret plan");
    } finally {
      await model.close();
      await rm(folder, { recursive: true });
    }
  });

  it("serves loopback only and says when a port is taken", async () => {
    await expect(startModel({ host: "0.0.0.0" })).rejects.toThrow("loopback only");
    const model = await startModel();
    const port = Number(new URL(model.url).port);
    await expect(startModel({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
    await model.close();
  });
});
