import * as pulumi from "@pulumi/pulumi";
import { call, unlessGone } from "./api.ts";
import { CloudflareDynamicProvider, difference, gone, type InputsOf } from "./dynamicProvider.ts";

/** When the platform fires a Worker's scheduled handler. */
export interface WorkerScheduleInputs {
  readonly accountId: string;
  readonly scriptName: string;
  /** Cron expressions, all of them: others are removed. */
  readonly crons: readonly string[];
}

/** The provider's own `WorkersCronTrigger` sees no drift and never deletes (measured on 6.17.0), hence this one. */
class WorkerScheduleProvider extends CloudflareDynamicProvider implements pulumi.dynamic.ResourceProvider {
  async diff(_id: string, olds: WorkerScheduleInputs, news: WorkerScheduleInputs): Promise<pulumi.dynamic.DiffResult> {
    return difference({ ...olds }, { ...news }, ["accountId", "scriptName"]);
  }

  async create(inputs: WorkerScheduleInputs): Promise<pulumi.dynamic.CreateResult> {
    await call(this.connection, "PUT", path(inputs), { json: toRequest(inputs.crons) });
    return { id: `${inputs.scriptName}/schedules`, outs: { ...inputs } };
  }

  async read(id: string, props: WorkerScheduleInputs): Promise<pulumi.dynamic.ReadResult> {
    const result = await unlessGone(call(this.connection, "GET", path(props)));
    if (result === undefined) return gone();
    const seen = { accountId: props.accountId, scriptName: props.scriptName, crons: await toState(result) };
    return { id, props: { ...props, ...seen }, inputs: seen };
  }

  async update(
    _id: string,
    olds: WorkerScheduleInputs,
    news: WorkerScheduleInputs,
  ): Promise<pulumi.dynamic.UpdateResult> {
    if (String(olds.crons) !== String(news.crons)) {
      await call(this.connection, "PUT", path(news), { json: toRequest(news.crons) });
    }
    return { outs: { ...news } };
  }

  async delete(_id: string, props: WorkerScheduleInputs): Promise<void> {
    await unlessGone(call(this.connection, "PUT", path(props), { json: [] }));
  }
}

const provider = new WorkerScheduleProvider();

/** Cron triggers of a Worker. */
export class WorkerSchedule extends pulumi.dynamic.Resource {
  constructor(name: string, args: InputsOf<WorkerScheduleInputs>, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "talaria", "WorkerSchedule");
  }
}

function path({ accountId, scriptName }: WorkerScheduleInputs): string {
  return `/accounts/${accountId}/workers/scripts/${scriptName}/schedules`;
}

function toRequest(crons: readonly string[]): readonly { cron: string }[] {
  return crons.map((cron) => ({ cron }));
}

async function toState(result: unknown): Promise<string[]> {
  const { z } = await import("zod");
  const { schedules } = z.object({ schedules: z.array(z.object({ cron: z.string() })) }).parse(result);
  return schedules.map(({ cron }) => cron);
}
