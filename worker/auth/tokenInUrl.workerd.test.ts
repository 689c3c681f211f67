import { describe, expect, it } from "vitest";
import { adminToken, ask, codeOf, secrets, stackToken } from "../testing/askTheDoor.ts";

const paths = ["/", "/health", "/login", "/api/status", "/api/nowhere", "/v1/models", "/dashboard", "/nowhere"];

describe("a token in the URL", () => {
  it.each(paths)("is refused at %s, beside a right one too, and the answer says to rotate it", async (path) => {
    for (const token of [undefined, adminToken, stackToken]) {
      for (const query of ["token=x", "TOKEN=", "a=1&access_token=x", "api_key=x", "apikey=x", "key=x", "jwt=x"]) {
        const answer = await ask(`${path}?${query}`, { token });
        expect([path, query, answer.status, await answer.clone().text()]).toEqual([
          ...[path, query, 400],
          expect.stringContaining("Rotate that token"),
        ]);
        expect(await codeOf(answer)).toBe("tokenInUrl");
      }
    }
  });

  it.each([
    ["under another name", `/health?x=${adminToken}`],
    ["percent-encoded", `/health?x=${"client%2Dtoken%2D0123456789"}`],
    ["inside a longer value", `/health?x=Bearer%20${stackToken}!`],
    ["in base64", `/health?x=${btoa(adminToken)}`],
    ["in the path", `/v1/${stackToken}/models`],
    ["of another bot, by what it looks like", `/health?x=talaria-client-${"x".repeat(43)}`],
  ])("is known %s", async (_what, path) => {
    expect(await codeOf(await ask(path))).toBe("tokenInUrl");
  });

  it("is refused as a form's address and without any secret, and nothing else is", async () => {
    expect(await codeOf(await ask("/login?token=x", { method: "POST" }))).toBe("tokenInUrl");
    expect(await codeOf(await ask("/api/status?token=x", { bindings: {} }))).toBe("tokenInUrl");
    expect((await ask("/health?tokens=1&monkey=2&a=talaria-client")).status).toBe(200);
  });

  it("does not tell who guesses what a person chose", async () => {
    const bindings = { ...secrets, REPOSITORY_PASSWORD: "correct horse" };
    expect((await ask("/health?x=correct%20horse", { bindings })).status).toBe(200);
  });
});
