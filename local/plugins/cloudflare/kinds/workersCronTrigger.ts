import type { Kind, Path } from "../kind.ts";

const path: Path = (_id, { accountId, scriptName }) => `/accounts/${accountId}/workers/scripts/${scriptName}/schedules`;

/** The cron schedules of a Worker. The provider reads them and sees no drift; destroying sends nothing. */
export const workersCronTrigger: Kind = {
  type: "cloudflare:index/workersCronTrigger:WorkersCronTrigger",
  fields: {
    accountId: { in: "path", replaces: true },
    scriptName: { in: "path", replaces: true },
    schedules: {},
  },
  create: { method: "PUT", path },
  read: path,
  update: { method: "PUT", path },
  toRequest: ({ schedules }) => schedules ?? [],
  id: ({ scriptName }) => String(scriptName),
  importId: ["accountId", "scriptName"],
  seesDrift: false,
};
