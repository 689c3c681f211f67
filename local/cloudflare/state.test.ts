/** What outlives a restart, what the request log shows, and what the control surface does. */
import fs from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aLoopback, anApplication, anUpload, image, type Loopback, token } from "./testing/loopback.ts";

let cloudflare: Loopback;
beforeEach(async () => {
  cloudflare = await aLoopback();
});
afterEach(() => cloudflare.close());

const secret = { type: "secret_text", name: "KEY", text: "a-value-that-nobody-may-see" };

describe("a restart", () => {
  it("deploys the saved Workers again with secrets, images, address and schedules", async () => {
    await cloudflare.send("PUT", "/workers/scripts/bot", anUpload({ bindings: [secret] }));
    await cloudflare.send("POST", "/containers/applications", anApplication());
    await cloudflare.send("POST", "/workers/scripts/bot/subdomain", { enabled: true });
    await cloudflare.send("PUT", "/workers/scripts/bot/schedules", [{ cron: "*/5 * * * *" }]);
    const before = cloudflare.runtime;
    await cloudflare.restart();
    expect(cloudflare.runtime).not.toBe(before);
    expect(cloudflare.runtime.workers.get("bot")).toEqual(before.workers.get("bot"));
    expect(cloudflare.runtime.images.get("bot.Box")).toBe(image("one"));
    expect(cloudflare.runtime.calls).toEqual(["deploy bot", "public bot true", "schedules bot */5 * * * *"]);
  });

  it("keeps the state to its owner", async () => {
    await cloudflare.send("PUT", "/workers/scripts/bot", anUpload({ bindings: [secret] }));
    for (const file of await fs.readdir(cloudflare.stateDir, { recursive: true, withFileTypes: true })) {
      const { mode } = await fs.stat(path.join(file.parentPath, file.name));
      expect(mode & 0o077, file.name).toBe(0);
    }
  });

  it("names a state file that cannot be read, instead of forgetting what was in it", async () => {
    await fs.writeFile(path.join(cloudflare.stateDir, "buckets.json"), '{"default/x":{"name":7}}');
    await expect(cloudflare.restart()).rejects.toThrow(/buckets\.json.*--fresh/s);
    await fs.rm(path.join(cloudflare.stateDir, "buckets.json"));
    await cloudflare.restart();
  });
});

describe("a change of settings by hand", () => {
  it("shows in the settings, the version and the running Worker", async () => {
    await cloudflare.send(
      "PUT",
      "/workers/scripts/bot",
      anUpload({ bindings: [secret, { type: "plain_text", name: "MODE", text: "a" }] }),
    );
    const form = new FormData();
    form.set(
      "settings",
      JSON.stringify({
        bindings: [
          { type: "inherit", name: "KEY" },
          { type: "plain_text", name: "MODE", text: "b" },
        ],
      }),
    );
    expect((await cloudflare.send("PATCH", "/workers/scripts/bot/settings", form)).errors).toEqual([]);
    const shown = [
      { type: "secret_text", name: "KEY" },
      { type: "plain_text", name: "MODE", text: "b" },
    ];
    expect((await cloudflare.send("GET", "/workers/scripts/bot/settings")).result).toMatchObject({
      bindings: shown,
      compatibility_date: "2026-11-01",
    });
    expect(cloudflare.runtime.workers.get("bot")?.bindings).toContainEqual(secret);
    const { deployments } = (await cloudflare.send("GET", "/workers/scripts/bot/deployments")).result as {
      deployments: { versions: { version_id: string }[] }[];
    };
    const version = await cloudflare.send(
      "GET",
      `/workers/scripts/bot/versions/${deployments[0]?.versions[0]?.version_id}`,
    );
    expect(version.result).toMatchObject({ number: 2, resources: { bindings: shown } });
  });
});

describe("changes at the same time", () => {
  it("are made one after another, so that none is lost", async () => {
    await cloudflare.send("PUT", "/workers/scripts/bot", anUpload());
    await Promise.all([
      cloudflare.send("PUT", "/workers/scripts/bot/secrets", secret),
      cloudflare.send("POST", "/workers/scripts/bot/subdomain", { enabled: true }),
      cloudflare.send("PUT", "/workers/scripts/bot/schedules", [{ cron: "1 * * * *" }]),
    ]);
    expect((await cloudflare.send("GET", "/workers/scripts/bot/secrets")).result).toHaveLength(1);
    expect((await cloudflare.send("GET", "/workers/scripts/bot/subdomain")).result).toMatchObject({ enabled: true });
    expect((await cloudflare.send("GET", "/workers/scripts/bot/schedules")).result).toMatchObject({
      schedules: [{ cron: "1 * * * *" }],
    });
  });
});

describe("the request log", () => {
  it("has a line per request and no secret in it", async () => {
    await cloudflare.send("PUT", "/workers/scripts/bot", anUpload({ bindings: [secret] }));
    await cloudflare.send("PUT", "/workers/scripts/bot/secrets", secret);
    await cloudflare.send("GET", "/workers/scripts/other/settings");
    const text = await fs.readFile(path.join(cloudflare.stateDir, "requests.jsonl"), "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => [line.method, line.status])).toEqual([
      ["PUT", 200],
      ["PUT", 200],
      ["GET", 404],
    ]);
    expect(lines[0].body.parts).toEqual([
      { name: "index.js", type: "application/javascript+module", bytes: expect.any(Number) },
    ]);
    expect(lines[2].errors).toEqual([{ code: 10007, message: "This Worker does not exist on your account." }]);
    expect(text).not.toContain(secret.text);
    expect(text).not.toContain(token);
  });
});

describe("the control surface", () => {
  it("fires a cron and shows the requests, for the token alone", async () => {
    await cloudflare.send("PUT", "/workers/scripts/bot", anUpload());
    await cloudflare.send("PUT", "/workers/scripts/bot/schedules", [{ cron: "*/5 * * * *" }]);
    const control = (method: string, to: string, bearer: string) =>
      fetch(new URL(`/__local/${to}`, cloudflare.url), { method, headers: { authorization: `Bearer ${bearer}` } });
    expect((await control("POST", "cron/bot", "stranger")).status).toBe(401);
    expect(await (await control("POST", "cron/bot", token)).json()).toEqual({ worker: "bot", cron: "*/5 * * * *" });
    expect(cloudflare.runtime.calls).toContain("cron bot */5 * * * *");
    expect(await (await control("GET", "requests", token)).json()).toMatchObject({
      requests: [{ method: "PUT" }, { method: "PUT" }],
    });
  });
});
