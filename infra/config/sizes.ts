/** The fields of the key `sizes`: what the containers of each application are given. */
import { z } from "zod";
import { customLimits, sizeFaults } from "../../worker/cost/customSizes.ts";
import {
  bytesPerGib,
  type DeclaredSize,
  instanceTypeNames,
  instanceTypes,
  namedSize,
  sizeOf,
  sizeText,
  usualSizes,
} from "../../worker/cost/sizes.ts";
import { setCommand } from "./problem.ts";
import { amount, withExample } from "./values.ts";

const { vcpu, mostMemoryGib, mostDiskGb, leastGibPerVcpu, mostGbPerGib } = customLimits;

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const sizesMeaning = [
  `What a container of each kind, \`hermes\`, \`exec\`, \`care\`, is given: an instance type (${instanceTypeNames.join(", ")}), or a size of its own.`,
  `\`vcpu\`: ${vcpu.least} to ${vcpu.most}. \`memoryGib\`: at most ${mostMemoryGib}, at least ${leastGibPerVcpu} for each vCPU. \`diskGb\`: at most ${mostDiskGb}, at most ${mostGbPerGib} for each GiB of memory.`,
].join(" ");

/** What to type where a number is missing, or is none. */
const usual = { ...instanceTypes["standard-1"], vcpu: vcpu.least };

const number = (part: keyof typeof usual, unit: string) =>
  withExample(
    amount(`is not a number of ${unit}`, () => true),
    String(usual[part]),
  );

const spelledOut = z
  .strictObject({
    vcpu: number("vcpu", "vCPUs"),
    memoryGib: number("memoryGib", "GiB"),
    diskGb: number("diskGb", "GB"),
  })
  .transform((size, context): DeclaredSize => {
    for (const { part, reason, fits } of sizeFaults(size))
      context.addIssue({ code: "custom", path: [part], message: reason, params: { example: String(fits) } });
    return namedSize(size);
  });

const containerSize = z.union([z.enum(instanceTypeNames), spelledOut], {
  error: `is not one of ${instanceTypeNames.join(", ")}, nor a mapping of vcpu, memoryGib and diskGb`,
});

export const sizesFields = z
  .strictObject({
    hermes: containerSize.default(usualSizes.hermes),
    exec: containerSize.default(usualSizes.exec),
    care: containerSize.default(usualSizes.care),
  })
  .prefault({});

/** Megabytes of Hermes' gateway while it does nothing, measured over its versions. */
const idleMegabytes = { least: 258, most: 347 };

/** What the platform would take, and Hermes would not live in. */
export function sizeWarnings(project: string, { hermes }: z.output<typeof sizesFields>): string[] {
  const { memoryGib } = sizeOf(hermes);
  if ((memoryGib * bytesPerGib) / 1e6 > idleMegabytes.most) return [];
  const { least, most } = idleMegabytes;
  return [
    `${project}:sizes.hermes "${sizeText(hermes)}" has ${memoryGib} GiB of memory, and Hermes takes ${least} to ${most} MB while it does nothing: it would be killed again and again.\n    ${setCommand(project, "sizes.hermes", "basic")}`,
  ];
}
