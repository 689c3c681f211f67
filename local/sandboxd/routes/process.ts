/** Background processes: start, look, follow, end. */
import { ok } from "../answer.ts";
import type { Body, Call } from "../call.ts";
import { commandFrom } from "../command.ts";
import { EventStream } from "../eventStream.ts";
import { Fault } from "../fault.ts";
import type { Handler } from "../handler.ts";
import type { Sandbox } from "../sandbox.ts";
import type { ProcessRecord } from "../sandboxProcess.ts";

/** Starts a process. `autoCleanup` and `encoding` change nothing. */
export const startProcess: Handler = async (call, sandbox) => startFrom(await call.body(), call, sandbox);

/** Starts a process from a body that has been read. */
export async function startFrom(body: Body, call: Call, { processes }: Sandbox): Promise<object> {
  requireCommand(body);
  const id = typeof body.processId === "string" && body.processId ? body.processId : undefined;
  const started = await processes.start(commandFrom(body), call.sessionId(body) ?? "default", id);
  return ok({ processId: started.id, pid: started.pid, command: started.command });
}

/** All processes, or those of one status. */
export const listProcesses: Handler = async (call, { processes }) => {
  const records = processes.list(call.query.get("status") ?? undefined);
  return ok({ processes: records.map((record) => ({ ...toWire(record), endTime: undefined })) });
};

/** One process. */
export const getProcess: Handler = async (call, { processes }) =>
  ok({ process: toWire(await processes.record(call.param)) });

/** Ends a process and answers when it is gone. */
export const killProcess: Handler = async (call, { processes }) => {
  await processes.kill(call.param);
  return ok({ processId: call.param });
};

/** Ends all of them. */
export const killAll: Handler = async (_call, { processes }) => ok({ cleanedCount: await processes.killAll() });

/** All output so far. */
export const processLogs: Handler = async (call, { processes }) => {
  const { stdout, stderr } = await processes.record(call.param);
  return ok({ processId: call.param, stdout, stderr });
};

/** Output so far, then live output, then the exit. */
export const streamProcess: Handler = async (call, { processes, settings }) => {
  const processId = call.param;
  const live = processes.live(processId);
  const record = live?.record ?? (await processes.record(processId));
  const stream = new EventStream(call.response, settings.streamIdleMs);
  const send = (type: string, fields: object) =>
    stream.send({ type, processId, ...fields, timestamp: new Date().toISOString() });
  const follower = {
    stdout: (data: string) => send("stdout", { data }),
    stderr: (data: string) => send("stderr", { data }),
    ended: () => {
      const { status, exitCode } = live?.record ?? record;
      send("exit", { exitCode, data: `Process ${status} with exit code ${exitCode}` });
      stream.end();
    },
  };
  send("process_info", { command: record.command, status: record.status });
  if (live) stream.onClose(live.follow(follower));
  else {
    if (record.stdout) follower.stdout(record.stdout);
    if (record.stderr) follower.stderr(record.stderr);
    follower.ended();
  }
  return undefined;
};

/** Refuses a command that is missing, empty or blank. */
export function requireCommand(body: Body): void {
  if (typeof body.command === "string" && body.command.trim() !== "") return;
  throw new Fault("INVALID_COMMAND", "Invalid command: empty command provided");
}

function toWire({ id, pid, command, status, startTime, endTime, exitCode }: ProcessRecord): object {
  return { id, pid, command, status, startTime, endTime, exitCode };
}
