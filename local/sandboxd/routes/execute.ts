/** Running a command to its end, in one answer or as a stream. */
import { ok } from "../answer.ts";
import { type Body, sessionless } from "../call.ts";
import { type Command, commandFrom, type Outcome } from "../command.ts";
import { EventStream } from "../eventStream.ts";
import { Fault, messageOf } from "../fault.ts";
import type { Handler } from "../handler.ts";
import type { Sandbox } from "../sandbox.ts";
import { runSessionless } from "../sessionlessRun.ts";
import { requireCommand, startFrom } from "./process.ts";

/** Answers when the command has ended and, without a session, its output is closed. A client that leaves ends nothing. */
export const execute: Handler = async (call, sandbox) => {
  const body = await call.body();
  if (body.background === true) return startFrom(body, call, sandbox);
  const sessionId = call.sessionId(body);
  refuseStrangeCommand(body, sessionId);
  const outcome = await run(commandFrom(body), sessionId, sandbox);
  const { exitCode, stdout, stderr } = outcome;
  return ok({ success: exitCode === 0, exitCode, stdout, stderr, command: body.command, duration: 0, sessionId });
};

/** The same as events. `timeoutMs` is ignored, as in the real server. */
export const executeStream: Handler = async (call, { processes, settings }) => {
  const body = await call.body();
  requireCommand(body);
  const { timeoutMs: _, ...command } = commandFrom(body);
  const started = await processes.start(command, call.sessionId(body) ?? "default");
  const stream = new EventStream(call.response, settings.streamIdleMs);
  const send = (type: string, fields: object) => stream.send({ type, ...fields, timestamp: new Date().toISOString() });
  send("start", { command: command.text });
  const leave = started.follow({
    stdout: (data) => send("stdout", { data }),
    stderr: (data) => send("stderr", { data }),
    ended: () => {
      send("complete", { exitCode: started.record.exitCode });
      stream.end();
    },
  });
  stream.onClose(leave);
  return undefined;
};

async function run(command: Command, sessionId: string | undefined, sandbox: Sandbox): Promise<Outcome> {
  if (sessionId !== sessionless) return sandbox.sessions.exec(sessionId ?? "default", command);
  try {
    return await runSessionless(command, sandbox.settings.workspace);
  } catch (error) {
    const message = `Failed to execute command '${command.text}' in sessionless execution: ${messageOf(error)}`;
    throw new Fault("COMMAND_EXECUTION_ERROR", message, { command: command.text, stderr: messageOf(error) });
  }
}

/** The real server trips over a command that is no string, except over a missing one without a session. */
function refuseStrangeCommand(body: Body, sessionId: string | undefined): void {
  const { command } = body;
  if (typeof command === "string" || (command === undefined && sessionId === sessionless)) return;
  const reason = command === undefined ? "undefined is not an object" : "command.includes is not a function";
  throw new Fault("COMMAND_EXECUTION_ERROR", `Failed to execute command '${command}': ${reason}`, {
    command,
    stderr: reason,
  });
}
