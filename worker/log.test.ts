import { describe, expect, it } from "vitest";
import { masker } from "./log.ts";

describe("what is logged", () => {
  it("shows no secret, plain, URL-encoded or in base64, and hides no word for being a short one", () => {
    const mask = masker(["a secret/1", "short", undefined]);
    expect(mask(`x a secret/1 y ${encodeURIComponent("a secret/1")} z ${btoa("a secret/1")} short`)).toBe(
      "x [secret] y [secret] z [secret] short",
    );
  });

  it("shows no client token, whose value is kept nowhere, and no other bot's", () => {
    const token = `talaria-client-${"aB-_9".repeat(9).slice(0, 43)}`;
    expect(masker([])(`{"authorization":"Bearer ${token}"}`)).toBe('{"authorization":"Bearer [secret]"}');
    expect(masker([])("talaria-client-snapshots and talaria-hermes-0a1b")).toBe(
      "talaria-client-snapshots and talaria-hermes-0a1b",
    );
  });
});
