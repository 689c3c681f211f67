import { expect, it } from "vitest";
import { aSource } from "../testing/source.ts";
import { parseConfig } from "./parse.ts";

const warned = (sizes: Readonly<Record<string, unknown>>) => parseConfig(aSource({ sizes })).warnings;

it("warns of a size in which Hermes would not live, and of no other kind of container's", () => {
  expect(warned({ hermes: "lite" })).toEqual([
    expect.stringMatching(
      /^talaria:sizes\.hermes "lite" has 0\.25 GiB .*\n {4}pulumi config set --path talaria:sizes\.hermes basic$/,
    ),
  ]);
  expect([warned({ hermes: "basic", exec: "lite", care: "lite" }), warned({})]).toEqual([[], []]);
});
