import { describe, expect, it } from "vitest";
import { prefixOf, routedPath } from "./place.ts";

describe("where the dashboard answers", () => {
  it.each([
    ["https://hermes.example/", "/dashboard/"],
    ["https://hermes.example/api/status", "/dashboard/api/status"],
    ["https://hermes.example/v1/models", "/dashboard/v1/models"],
    ["https://hermes.example/health", "/dashboard/health"],
    ["https://hermes.example/login", "/login"],
    ["https://hermes.example/logout", "/logout"],
    ["https://hermes.example/login/x", "/dashboard/login/x"],
    ["https://bot.example/api/status", "/api/status"],
    ["https://bot.example/dashboard/x", "/dashboard/x"],
  ])("%s is routed as %s", (url, path) => {
    expect(routedPath(new Request(url), "hermes.example")).toBe(path);
  });

  it("begins at the root of its hostname, and below a path elsewhere", () => {
    expect(prefixOf(new Request("https://hermes.example/x"), "Hermes.example")).toBe("");
    expect(prefixOf(new Request("https://bot.example/x"), "hermes.example")).toBe("/dashboard");
  });

  it("takes no hostname for the dashboard's where none is declared", () => {
    expect(routedPath(new Request("https://hermes.example/api/status"), undefined)).toBe("/api/status");
  });
});
