import type { Kind, Path } from "../kind.ts";

const path: Path = (_id, { accountId, scriptName }) => `/accounts/${accountId}/workers/scripts/${scriptName}/subdomain`;

/** Whether a Worker answers on workers.dev. */
export const workersScriptSubdomain: Kind = {
  type: "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain",
  fields: {
    accountId: { in: "path", replaces: true },
    scriptName: { in: "path", replaces: true },
    enabled: {},
    previewsEnabled: { optionalComputed: true },
  },
  create: { method: "POST", path },
  read: path,
  update: { method: "POST", path },
  delete: path,
  id: ({ scriptName }) => String(scriptName),
  importId: ["accountId", "scriptName"],
};
