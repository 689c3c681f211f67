import { expect, it } from "vitest";
import { aiGatewayFields } from "./aiGateway.ts";

const messages = (value: unknown) =>
  aiGatewayFields.safeParse(value).error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`);

it("talaria:aiGateway is off, keeps nothing and fails with its gateway, unless it says otherwise", () => {
  expect(aiGatewayFields.parse(undefined)).toEqual({
    ...{ enabled: false, logs: false, cacheSeconds: 0, onFailure: "fail" },
    baseUrl: "https://gateway.ai.cloudflare.com/v1",
  });
});

it("talaria:aiGateway caches for a minute to thirty days, as Cloudflare takes it, or not at all", () => {
  for (const cacheSeconds of [0, 60, 2_592_000]) expect(messages({ cacheSeconds })).toBeUndefined();
  for (const cacheSeconds of [-1, 59, 2_592_001])
    expect(messages({ cacheSeconds })).toEqual(["cacheSeconds is neither 0 nor 60 to 2592000"]);
});
