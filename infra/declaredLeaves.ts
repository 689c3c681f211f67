/** What is declared, as a preview compares it. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { sizeText } from "../worker/cost/sizes.ts";
import { declarationSchema } from "../worker/declarationSchema.ts";
import { leavesOf } from "../worker/leaves.ts";
import { costLeaf } from "./cloudflare/changeWords.ts";
import type { BotConfig } from "./config.ts";
import { declarationOf, type Made } from "./declaration.ts";
import type { ImageReferences } from "./images.ts";
import { monthlyDollars } from "./monthlyCost.ts";
import type { BotNames } from "./naming.ts";

/** Longer values stand in a preview by their hash. */
const longestLeaf = 200;

/** Every leaf by its dotted path, as JSON: known before the images are built, but for those that name one. */
export function declaredLeaves(
  config: BotConfig,
  names: BotNames,
  images: ImageReferences,
  made: Made,
): Record<string, pulumi.Input<string>> {
  const { images: _, ...known } = declarationOf(config, names, { hermes: "", exec: "", care: "" });
  const { documents, skills, plugins, ...parsed } = declarationSchema.omit({ images: true, sizes: true }).parse(known);
  const leaves = leavesOf(parsed).map(({ path, value }) => [path, leafText(value)] as const);
  const sized = Object.entries(config.sizes).map(
    ([name, size]) => [`sizes.${name}`, leafText(sizeText(size))] as const,
  );
  const files = Object.entries({ documents, skills, plugins }).flatMap(([key, named = {}]) =>
    Object.entries(named).map(([name, content]) => [`${key}.${name}`, contentText(content)] as const),
  );
  const built = Object.entries(images).map(([image, reference]) => [
    `images.${image}`,
    pulumi.output(reference).apply((text) => JSON.stringify(text)),
  ]);
  const later = Object.entries(made).flatMap(([name, value]: [string, pulumi.Output<object> | undefined]) =>
    value === undefined ? [] : [[name, value.apply((declared) => JSON.stringify(declared))]],
  );
  const cost = [[costLeaf, `$${monthlyDollars(config).toFixed(2)}`]];
  return Object.fromEntries([...leaves, ...sized, ...files, ...built, ...later, ...cost]);
}

function leafText(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= longestLeaf) return text;
  return `sha256 ${createHash("sha256").update(text).digest("hex").slice(0, 12)}, ${text.length} characters`;
}

/** Of a file, or of a folder as a whole, its hash and its size: `infra/cloudflare/fileWords.ts` reads it. */
function contentText(content: unknown): string {
  if (content === true) return "true";
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return `sha256 ${createHash("sha256").update(text).digest("hex").slice(0, 12)}, ${Buffer.byteLength(text)} bytes`;
}
