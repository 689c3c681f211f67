import { describe, expect, it } from "vitest";
import { masker } from "./log.ts";
import {
  chatTokens,
  gatewaySecrets,
  generatedSecret,
  namedSecrets,
  secretsOfAStart,
  secretsOfAttempt,
  secretValues,
} from "./secrets.ts";

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

  it("that a start takes tell apart what was started with another value of one", () => {
    const env = {
      API_SERVER_KEY: JSON.stringify({ current: "0123456789abcdef" }),
      SLACK_BOT_TOKEN: "xoxb-1",
      REPOSITORY_PASSWORD: "one password",
      ANTHROPIC_API_KEY: "sk-ant-1",
    };
    const started = JSON.stringify(secretsOfAStart(env));
    const changes = [
      { API_SERVER_KEY: JSON.stringify({ current: "fedcba9876543210" }) },
      { SLACK_BOT_TOKEN: "xoxb-2" },
    ];
    for (const change of changes) expect(JSON.stringify(secretsOfAStart({ ...env, ...change }))).not.toBe(started);
    // A restore that failed may succeed with another password; what runs needs none.
    const password = { ...env, REPOSITORY_PASSWORD: "another password" };
    expect(JSON.stringify(secretsOfAStart(password))).toBe(started);
    expect(secretsOfAttempt(password)).not.toEqual(secretsOfAttempt(env));
    // The Worker itself uses it, at each request.
    expect(JSON.stringify(secretsOfAStart({ ...env, ANTHROPIC_API_KEY: "sk-ant-2" }))).toBe(started);
    expect(chatTokens(env)).toEqual({ SLACK_BOT_TOKEN: "xoxb-1" });
  });

  it("of the stack's own naming reach the gateway out of their parts, with their names, and are masked", () => {
    const env = {
      SECRET_ENVIRONMENT_1: '{"LONG":"a va',
      SECRET_ENVIRONMENT_2: 'lue","B":"\\u2624"}',
      SLACK_BOT_TOKEN: "xoxb-1",
    };
    const given = { LONG: "a value", B: "☤", SLACK_BOT_TOKEN: "xoxb-1", TALARIA_SECRET_NAMES: "LONG,B" };
    expect(gatewaySecrets(env)).toEqual(given);
    expect(secretValues(env)).toContain("a value");
    expect(gatewaySecrets({})).toEqual({});
  });

  it("of the stack's own naming are none where a part is missing", () => {
    expect(gatewaySecrets({ SECRET_ENVIRONMENT_1: '{"A":"x', SECRET_ENVIRONMENT_3: 'x"}' })).toEqual({});
  });

  it("of a file reach the gateway's start as they were read, are listed by their key, and masked one by one", () => {
    const content = JSON.stringify({
      tokens: { access_token: "at-0123456789", token_url: "https://auth.example.com/token" },
      pool: [{ label: "a person", refresh_token: "rt-0123456789" }],
    });
    const files = { "auth.json": { content, overwrite: false, key: "authFile" } };
    const text = JSON.stringify(files);
    const env = { SECRET_FILES_1: text.slice(0, 40), SECRET_FILES_2: text.slice(40) };
    expect(gatewaySecrets(env)).toEqual({ TALARIA_SECRET_FILES: text });
    expect(namedSecrets(env, new Date(0))).toEqual([expect.objectContaining({ name: "authFile", inGateway: true })]);
    const line = "at-0123456789 rt-0123456789 of a person by https://auth.example.com/token";
    expect(masker(secretValues(env))(line)).toBe("[secret] [secret] of a person by https://auth.example.com/token");
  });
});
