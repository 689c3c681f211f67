import type { ApplicationName } from "../worker/bindings.ts";
import { customLimits, mbPerGb } from "../worker/cost/customSizes.ts";
import { type DeclaredSize, instanceTypeNames, instanceTypes, sizeOf, sizeText } from "../worker/cost/sizes.ts";
import { type RunDocker, runDocker } from "./docker.ts";

/** What the platform wants beside an image's own size: a tenth, and 16 MiB for each layer. Source: wrangler's check before a push. */
const spare = { share: 1.1, layerBytes: 16 * 2 ** 20 };
const bytesPerMb = 1e6;

/**
 * Why an image does not fit the disk of the containers that are to run it, and what to type; undefined where it does. One that
 * this machine's Docker does not have was built elsewhere: its size is the platform's to judge.
 */
export async function tooLarge(
  reference: string,
  application: ApplicationName,
  size: DeclaredSize,
  docker: RunDocker = runDocker,
): Promise<string | undefined> {
  const { ok, text } = await docker("image", "inspect", "--format", "{{.Size}} {{len .RootFS.Layers}}", reference);
  const [, bytes, layers] = /^(\d+) (\d+)$/.exec(text.trim()) ?? [];
  if (!ok || bytes === undefined) return undefined;
  const neededMb = Math.ceil((Number(bytes) * spare.share + Number(layers) * spare.layerBytes) / bytesPerMb);
  const { diskGb } = sizeOf(size);
  if (neededMb <= diskGb * mbPerGb) return undefined;
  const larger = instanceTypeNames.find((name) => instanceTypes[name].diskGb * mbPerGb >= neededMb);
  const next =
    larger === undefined
      ? `No container has more than ${customLimits.mostDiskGb} GB: leave packages out (talaria:extraPackages, extraPythonPackages, mcpServers).`
      : `pulumi config set --path talaria:sizes.${application} ${larger}`;
  return `The image for ${application} needs ${(neededMb / mbPerGb).toFixed(1)} GB of disk, and talaria:sizes.${application} (${sizeText(size)}) has ${diskGb}.\n${next}`;
}
