import { afterEach, expect, it } from "vitest";
import { accountId, aLoopback, anApplication, anUpload, type Loopback } from "../testing/loopback.ts";

let cloudflare: Loopback;
afterEach(() => cloudflare.close());

const registry = { host: "127.0.0.1:5000", username: "talaria", password: "secret" };
const credentials = "/containers/registries/registry.cloudflare.com/credentials";
const wanted = { expiration_minutes: 60, permissions: ["push", "pull"] };

/** Answers to an application that runs this image. */
async function application(image: string) {
  await cloudflare.send("PUT", "/workers/scripts/bot", anUpload());
  return cloudflare.send("POST", "/containers/applications", anApplication({ configuration: { image } }));
}

it("hands out the login of the registry that it was started with, to a token that may push", async () => {
  cloudflare = await aLoopback({ registry, tokens: [{ token: "weak", permissions: ["Workers Containers Read"] }] });
  const { result } = await cloudflare.send("POST", credentials, wanted);
  expect(result).toEqual({
    account_id: accountId,
    registry_host: registry.host,
    username: "talaria",
    password: "secret",
  });
  const refused = await cloudflare.send("POST", credentials, wanted, "weak");
  expect([refused.status, refused.messages[0]?.message]).toEqual([
    403,
    expect.stringContaining("Workers Containers Write"),
  ]);
});

it("runs images of that registry, of the own account alone", async () => {
  cloudflare = await aLoopback({ registry });
  const digest = `@sha256:${"a".repeat(64)}`;
  expect((await application(`${registry.host}/${"b".repeat(32)}/box${digest}`)).errors[0]?.message).toContain(
    "another account",
  );
  expect((await application(`${registry.host}/${accountId}/box${digest}`)).success).toBe(true);
});

it("knows no other registry on this machine", async () => {
  cloudflare = await aLoopback();
  expect((await application(`127.0.0.1:5000/${accountId}/box:1`)).errors[0]?.message).toContain("is not supported");
});
