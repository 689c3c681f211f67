import { expect, test } from "vitest";
import { digestOf, toPrune } from "./retention.ts";

/** Images of one repository, oldest first. */
const images = (count: number, repository = "account/bot-hermes") =>
  Array.from({ length: count }, (_, age) => ({
    repository,
    tag: `tag-${age}`,
    digest: `sha256:${age}`,
    createdAt: new Date(Date.UTC(2026, 10, 1 + age)).toISOString(),
  }));
const pruned = (...given: Parameters<typeof toPrune>) => toPrune(...given).map(({ tag }) => tag);

test("keeps the newest by number and lets the rest go", () => {
  expect(pruned(images(5), { keep: 2, used: [] })).toEqual(["tag-2", "tag-1", "tag-0"]);
  expect(pruned(images(2), { keep: 2, used: [] })).toEqual([]);
});

test("never lets go of an image that runs or ran before, however old it is", () => {
  expect(pruned(images(5), { keep: 1, used: ["sha256:0", "sha256:3"] })).toEqual(["tag-2", "tag-1"]);
});

test("counts each repository on its own", () => {
  const both = [...images(2), ...images(2, "account/bot-exec")];
  expect(toPrune(both, { keep: 1, used: [] }).map(({ repository }) => repository)).toEqual([
    "account/bot-hermes",
    "account/bot-exec",
  ]);
});

test("leaves an image alone that does not say how old it is", () => {
  const [first] = images(1);
  expect(pruned([{ ...first, createdAt: "" } as never], { keep: 0, used: [] })).toEqual([]);
});

test("reads the digest of a reference", () => {
  expect(digestOf("registry/bot@sha256:ab")).toBe("sha256:ab");
  expect(digestOf("registry/bot:1")).toBe("");
});
