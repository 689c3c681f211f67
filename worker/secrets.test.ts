import { describe, expect, it } from "vitest";
import { masker } from "./log.ts";
import { generatedSecret, secretValues } from "./secrets.ts";

describe("secrets", () => {
  it("shut the door with the setting's name when one is absent or malformed", () => {
    expect(() => generatedSecret({}, "adminToken")).toThrow(/ADMIN_TOKEN/);
    expect(() => generatedSecret({ ADMIN_TOKEN: "not json" }, "adminToken")).toThrow(/ADMIN_TOKEN/);
    expect(() => generatedSecret({ ADMIN_TOKEN: '{"current":""}' }, "adminToken")).toThrow(/ADMIN_TOKEN/);
  });

  it("are masked in plain, URL-encoded and base64 form", () => {
    const env = {
      CLIENT_TOKEN: JSON.stringify({ current: "cur/rent+token==16" }),
      ANTHROPIC_API_KEY: "sk-ant-0123456789",
    };
    const mask = masker(secretValues(env));
    for (const form of ["cur/rent+token==16", encodeURIComponent("cur/rent+token==16"), btoa("sk-ant-0123456789")]) {
      expect(mask(`before ${form} after`)).toBe("before [secret] after");
    }
  });
});
