import { describe, expect, it } from "vitest";
import { secretsIn, secretsSaid } from "./secretScan.ts";

const secret = "talaria-admin-a+b/c_0123456789";
const marked = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

describe("secrets of an exported stack", () => {
  it("are found wherever the engine marks them, in JSON too, and nothing else is", () => {
    const exported = {
      deployment: {
        resources: [
          { id: "the-id-of-a-token-0123" },
          { outputs: { kit: marked({ id: "the-id-of-a-token-0123", endpoint: "https://an-endpoint.example/x" }) } },
          { outputs: { token: marked(secret), url: "https://a-public-address.example" } },
          {
            outputs: {
              value: marked(
                JSON.stringify({ current: "the-current-one-0123", previousUntil: "2026-01-01T00:00:00.000Z" }),
              ),
            },
          },
          { outputs: { all: marked({ deep: ["another-deep-one-0123"], short: "short" }) } },
        ],
      },
    };
    expect([...secretsIn(exported)]).toEqual([secret, "the-current-one-0123", "another-deep-one-0123"]);
  });
});

describe("a text with a secret", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  it.each([
    ["plain", `a line: ${secret}.`],
    ["in a URL", `GET /v1?token=${encodeURIComponent(secret)}`],
    ["in JSON", JSON.stringify({ said: JSON.stringify({ secret }) })],
    ["in base64", base64(secret)],
    ["in base64 behind one more", base64(`x${secret} and more`)],
    ["in base64 behind two more", base64(`user:pw:12345 ${secret}`)],
    ["in base64url", Buffer.from(secret).toString("base64url")],
    ["in base64 in a URL", encodeURIComponent(base64(secret))],
  ])("is found %s", (_form, text) => {
    expect(secretsSaid(text, [secret])).toEqual(["talaria-admin-a+b/…89"]);
  });

  it("is not found where it is not", () => {
    expect(secretsSaid("talaria-admin-[secret]", [secret])).toEqual([]);
  });
});
