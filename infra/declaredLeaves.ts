/** What is declared, as a preview compares it. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { sizeText } from "../worker/cost/sizes.ts";
import { declarationSchema } from "../worker/declarationSchema.ts";
import { type Leaf, leavesOf } from "../worker/leaves.ts";
import { aiGatewaySchema } from "../worker/model/aiGatewaySchema.ts";
import { costLeaf } from "./cloudflare/changeWords.ts";
import { spendPolicy } from "./config/spend.ts";
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
  const outside = { images: true, sizes: true, spend: true } as const;
  const { documents, skills, plugins, ...parsed } = declarationSchema.omit(outside).parse(known);
  const leaves = leavesOf(parsed).map(({ path, value }) => [path, leafText(value)] as const);
  const sized = Object.entries(config.sizes).map(
    ([name, size]) => [`sizes.${name}`, leafText(sizeText(size))] as const,
  );
  const spending = spendingLeaves(config).map(({ path, value }) => [path, leafText(value)] as const);
  const files = Object.entries({ documents, skills, plugins }).flatMap(([key, named = {}]) =>
    Object.entries(named).map(([name, content]) => [`${key}.${name}`, contentText(content)] as const),
  );
  const built = Object.entries(images).map(([image, reference]) => [
    `images.${image}`,
    pulumi.output(reference).apply((text) => JSON.stringify(text)),
  ]);
  const { access, aiGateway } = made;
  const gate = access === undefined ? [] : [["access", access.apply((declared) => JSON.stringify(declared))] as const];
  const models = aiGatewaySchema
    .keyof()
    .options.flatMap((field) =>
      aiGateway === undefined
        ? []
        : [[`aiGateway.${field}`, aiGateway.apply((declared) => JSON.stringify(declared[field]))] as const],
    );
  const cost = [[costLeaf, `$${monthlyDollars(config).toFixed(2)}`]];
  return Object.fromEntries([...leaves, ...sized, ...files, ...spending, ...built, ...gate, ...models, ...cost]);
}

/** In the stack's own words and dollars; the Worker is told nano-dollars. */
function spendingLeaves({ spend }: BotConfig): Leaf[] {
  const policy = spendPolicy(spend);
  if (policy === undefined) return [];
  const { prices, ...rest } = { ...spend, unknownPrice: policy.unknownPrice };
  return [...leavesOf(rest, "spend."), ...leavesOf(prices, "spend.prices.")];
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
