import { getSandbox } from "@cloudflare/sandbox";
import type { ClassName } from "../bindings.ts";
import type { ObjectBinding } from "../bound.ts";
import { objectOf } from "../usage/object.ts";
import { tally } from "../usage/tally.ts";
import { type Box, type BoxProcess, BoxUnreachable, type CommandResult } from "./box.ts";
import { portHeader, type ReachableBox, unreachableHeader } from "./reachableBox.ts";

/** Containers of a class, for whoever uses them. */
export type BoxBinding<C extends ClassName> = ObjectBinding<C, ReachableBox>;

/** Statuses of the SDK that mean a living process. */
const aliveStatuses: readonly string[] = ["running", "starting"];

/**
 * A {@link Box} over the Sandbox SDK, of the name that `id` gives at the time. Always keepAlive (the Agent decides about sleep, design decision 1) and always
 * sessionless: a process that was started in a session dies with the session's shell.
 */
export function sandboxBox(namespace: DurableObjectNamespace<ReachableBox>, id: () => string): Box {
  const sandbox = () => {
    tally.add("objectRequests");
    return getSandbox(namespace, id(), { keepAlive: true, enableDefaultSession: false, transport: "http" });
  };
  const stub = () => objectOf(namespace, id());
  return {
    isRunning: () => stub().isRunning(),
    async run(command, { timeoutMs, env }): Promise<CommandResult> {
      const { exitCode, stdout, stderr } = await sandbox().exec(command, { timeout: timeoutMs, ...(env && { env }) });
      return { exitCode, stdout, stderr };
    },
    async start(processId, command, env) {
      await sandbox().startProcess(command, { processId, env });
    },
    async process(processId): Promise<BoxProcess | undefined> {
      const found = (await sandbox().listProcesses()).find(({ id }) => id === processId);
      return found && { alive: aliveStatuses.includes(found.status), exitCode: found.exitCode };
    },
    async output(processId) {
      const { stdout, stderr } = await sandbox().getProcessLogs(processId);
      return [stdout, stderr].filter(Boolean).join("\n");
    },
    async kill(processId) {
      await sandbox().killProcess(processId);
    },
    async fetch(port, request) {
      const headers = new Headers(request.headers);
      headers.set(portHeader, String(port));
      const response = await stub().fetch(new Request(request, { headers }));
      if (response.headers.has(unreachableHeader)) throw new BoxUnreachable(await response.text());
      return response;
    },
    async destroy() {
      await sandbox().destroy();
    },
  };
}
