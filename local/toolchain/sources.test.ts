import { describe, expect, it } from "vitest";
import { firstOf, type Source } from "./sources.ts";

const has = (name: string): Source<string> => ({ name, get: async () => ({ have: name }) });
const lacks = (name: string): Source<string> => ({ name, get: async () => ({ lacking: "not here" }) });
const breaks = (name: string): Source<string> => ({ name, get: () => Promise.reject(new Error("not to be asked")) });

describe("sources", () => {
  it("takes the first that has it and asks no further", async () => {
    expect(await firstOf([lacks("a"), has("b"), breaks("c")])).toEqual({ value: "b", source: "b" });
  });

  it("keeps every reason in order when none has it", async () => {
    const reasons = ["a: not here", "b: not here"];
    expect(await firstOf([lacks("a"), lacks("b")])).toEqual({ value: undefined, reasons });
  });

  it("does not pass over a source that fails instead of answering", async () => {
    await expect(firstOf([breaks("a"), has("b")])).rejects.toThrow("not to be asked");
  });
});
