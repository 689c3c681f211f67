/** Whether the account has containers, and takes the declared sizes of them. */
import { z } from "zod";
import { mbPerGb, mibPerGib } from "../../worker/cost/customSizes.ts";
import { instanceTypeNames, instanceTypes, type Size, sizeOf, sizeText } from "../../worker/cost/sizes.ts";
import type { Connection } from "../cloudflare/api.ts";
import { setCommand } from "../config/problem.ts";
import type { BotConfig } from "../config.ts";
import { isPermission, permissions, probe } from "./probe.ts";

/** The most that one container of the account is given. What the account does not say is left to its own refusal. */
const limitsSchema = z.object({
  limits: z.object({
    vcpu_per_deployment: z.number().optional(),
    memory_mib_per_deployment: z.number().optional(),
    disk_mb_per_deployment: z.number().optional(),
  }),
});

/** Everything that the account lacks, a sentence each. */
export async function containersCheck(
  connection: Connection,
  { accountId, project, sizes }: Pick<BotConfig, "accountId" | "project" | "sizes">,
): Promise<readonly string[]> {
  const path = `/accounts/${accountId}/containers/me`;
  const { answer, lack } = await probe(connection, path, permissions.containers, (error) =>
    error.status === 402 || (error.status === 403 && !isPermission(error))
      ? "Containers need the Workers Paid plan: https://dash.cloudflare.com/?to=/:account/workers/plans"
      : undefined,
  );
  if (lack !== undefined) return [lack];
  const most = limitsSchema.safeParse(answer).data?.limits ?? {};
  const {
    vcpu_per_deployment: vcpu = Infinity,
    memory_mib_per_deployment: memoryMib = Infinity,
    disk_mb_per_deployment: diskMb = Infinity,
  } = most;
  const limit = { vcpu, memoryGib: memoryMib / mibPerGib, diskGb: diskMb / mbPerGb };
  return Object.entries(sizes).flatMap(([application, declared]) => {
    const over = beyond(sizeOf(declared), limit);
    if (over.length === 0) return [];
    const largest = instanceTypeNames.findLast((name) => beyond(instanceTypes[name], limit).length === 0);
    const next =
      largest === undefined
        ? "Ask Cloudflare for more: https://developers.cloudflare.com/containers/platform/limits/"
        : `Ask Cloudflare for more, or take a smaller one: ${setCommand(project, `sizes.${application}`, largest)}`;
    return [
      `talaria:sizes.${application} is ${sizeText(declared)}, and a container here has at most ${over.join(", ")}. ${next}`,
    ];
  });
}

/** Of the limits those that a size is beyond, in words. */
function beyond(size: Size, limit: Size): string[] {
  return [
    ...(size.vcpu > limit.vcpu ? [`${limit.vcpu} vCPU`] : []),
    ...(size.memoryGib > limit.memoryGib ? [`${limit.memoryGib} GiB of memory`] : []),
    ...(size.diskGb > limit.diskGb ? [`${limit.diskGb} GB of disk`] : []),
  ];
}
