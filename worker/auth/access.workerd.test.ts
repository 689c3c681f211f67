import { base64url, exportSPKI, importJWK, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { AccessIssuer, type Assertion, aKey } from "../testing/accessIssuer.ts";
import { accessCaller } from "./access.ts";

const declared = (issuer: AccessIssuer) => ({ issuer: issuer.issuer, audiences: ["another", "the-bot"] });

async function check(issuer: AccessIssuer, assertion: string) {
  return accessCaller(assertion, declared(issuer)).catch((error: { code: string }) => error.code);
}

describe("an assertion of Cloudflare Access", () => {
  it("names a person by the e-mail address, and a service token by its client id", async () => {
    const issuer = await AccessIssuer.start();
    const person = await check(issuer, await issuer.assertion());
    expect(person).toEqual({ kind: "operator", by: "access", name: "me@example.com" });
    const machine = await issuer.assertion({ email: undefined, sub: "", common_name: "0a1b.access" });
    expect(await check(issuer, machine)).toMatchObject({ name: "0a1b.access" });
    expect(issuer.asked).toBe(1);
  });

  it.each<[string, Assertion]>([
    ["has expired", { expiresIn: -60 }],
    ["never expires", { exp: undefined }],
    ["is not valid yet", { validIn: 600 }],
    ["is for another application", { aud: ["another-bot"] }],
    ["is for no application", { aud: undefined }],
    ["comes from another issuer", { iss: "https://evil.cloudflareaccess.example" }],
    ["names nobody", { email: undefined }],
    ["has a name that is no text", { email: ["me@example.com"] as unknown as string }],
  ])("is refused where it %s", async (_what, said) => {
    const issuer = await AccessIssuer.start();
    expect(await check(issuer, await issuer.assertion(said))).toBe("accessRefused");
  });

  it("is refused where another key signed it, under an unknown id or under a known one", async () => {
    const issuer = await AccessIssuer.start();
    const key = await aKey();
    expect(await check(issuer, await issuer.assertion({ key }))).toBe("accessRefused");
    const kid = issuer.keys[0]?.kid ?? "";
    expect(await check(issuer, await issuer.assertion({ key, kid }))).toBe("accessRefused");
  });

  it("is refused where nobody signed it, or the public key did as a password", async () => {
    const issuer = await AccessIssuer.start();
    const [, payload] = (await issuer.assertion()).split(".");
    const key = issuer.keys[0];
    if (key === undefined) throw new Error("no key");
    const none = base64url.encode(JSON.stringify({ alg: "none", kid: key.kid }));
    expect(await check(issuer, `${none}.${payload}.`)).toBe("accessRefused");
    const publicKey = await importJWK(key.published, "RS256", { extractable: true });
    const password = new TextEncoder().encode(await exportSPKI(publicKey as CryptoKey));
    const claims = { aud: "the-bot", iss: issuer.issuer, email: "me@example.com" };
    const signed = new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: key.kid }).setExpirationTime("5m");
    expect(await check(issuer, await signed.sign(password))).toBe("accessRefused");
    for (const nonsense of ["", "a.b.c", "x", `${none}..`]) {
      expect(await check(issuer, nonsense)).toBe("accessRefused");
    }
  });

  it.each(["PS256", "RS512", "ES256"])("is refused where a key of its own signed it by %s", async (alg) => {
    const issuer = await AccessIssuer.start();
    const key = await aKey(alg);
    issuer.keys = [...issuer.keys, key];
    expect(await check(issuer, await issuer.assertion())).toMatchObject({ by: "access" });
    expect(await check(issuer, await issuer.assertion({ key }))).toBe("accessRefused");
  });

  it("is checked with the keys of now: a new one is fetched, one that was taken back opens nothing", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const issuer = await AccessIssuer.start();
      const old = await issuer.assertion({ expiresIn: 86_400 });
      expect(await check(issuer, old)).toMatchObject({ name: "me@example.com" });
      const before = issuer.keys;
      issuer.keys = [await aKey(), ...before];
      vi.setSystemTime(Date.now() + 31_000);
      expect(await check(issuer, await issuer.assertion())).toMatchObject({ name: "me@example.com" });
      expect(await check(issuer, old)).toMatchObject({ name: "me@example.com" });
      expect(issuer.asked).toBe(2);
      issuer.keys = issuer.keys.slice(0, 1);
      vi.setSystemTime(Date.now() + 601_000);
      expect(await check(issuer, old)).toBe("accessRefused");
    } finally {
      vi.useRealTimers();
    }
  });

  it("has the keys fetched once for any number of unknown ones", async () => {
    const issuer = await AccessIssuer.start();
    const key = await aKey();
    for (let n = 0; n < 20; n++) await check(issuer, await issuer.assertion({ key, kid: `unknown-${n}` }));
    expect(issuer.asked).toBe(1);
  });

  it("opens nothing while the keys cannot be had, and does again once they can", async () => {
    const issuer = await AccessIssuer.start();
    const assertion = await issuer.assertion();
    for (const failing of [
      () => new Response("down", { status: 500 }),
      () => new Response("not JSON"),
      () => Response.json({ keys: "none" }),
      () => {
        throw new TypeError("Network connection lost.");
      },
    ]) {
      issuer.failing = failing;
      expect(await check(issuer, assertion)).toBe("accessUnavailable");
    }
    issuer.failing = undefined;
    expect(await check(issuer, assertion)).toMatchObject({ name: "me@example.com" });
  });
});
