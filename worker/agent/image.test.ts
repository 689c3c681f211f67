import { expect, it } from "vitest";
import { runningImage } from "./image.ts";

const declared = "registry/account/bot-hermes@sha256:aa";
const declaration = {
  images: { hermes: declared, exec: "e", care: declared },
  tags: { hermes: "0123abc", exec: "", care: "0123abc" },
};

it("takes a container's own tag for the digest under which it was pushed", () => {
  expect(runningImage("registry/account/bot-hermes:0123abc", declaration)).toBe(declared);
});

it("keeps what it is told of another image, by tag or by digest", () => {
  for (const other of ["registry/account/bot-hermes:fedcba9", "registry/account/bot-hermes@sha256:bb"]) {
    expect(runningImage(other, declaration)).toBe(other);
  }
});

it("takes a container that says nothing for what is declared", () => {
  expect(runningImage(null, declaration)).toBe(declared);
  expect(runningImage("", declaration)).toBe(declared);
});

it("compares references alone where the stack built nothing", () => {
  const prebuilt = { images: declaration.images, tags: { hermes: "", exec: "", care: "" } };
  expect(runningImage("registry/other:", prebuilt)).toBe("registry/other:");
  expect(runningImage(declared, { images: declaration.images })).toBe(declared);
});
