/** The route table. A `*` stands for one path segment, taken as sent. */
import type { Call } from "./call.ts";
import type { Handler } from "./handler.ts";
import { createBackup, restoreBackup, uploadParts } from "./routes/backup.ts";
import { deleteContext, health, listContexts } from "./routes/contexts.ts";
import { execute, executeStream } from "./routes/execute.ts";
import {
  exists,
  makeDirectory,
  moveFile,
  readFile,
  removeFile,
  renameFile,
  streamFile,
  writeFile,
} from "./routes/files.ts";
import { checkout } from "./routes/git.ts";
import { listFiles } from "./routes/listFiles.ts";
import { commands, greeting, ping, version } from "./routes/misc.ts";
import { watchPort } from "./routes/portWatch.ts";
import {
  getProcess,
  killAll,
  killProcess,
  listProcesses,
  processLogs,
  startProcess,
  streamProcess,
} from "./routes/process.ts";
import { createSession, deleteSession, listSessions } from "./routes/session.ts";

const routes: Readonly<Record<string, Handler>> = {
  "GET /": greeting,
  "GET /api/ping": ping,
  "GET /api/version": version,
  "GET /api/commands": commands,
  "POST /api/session/create": createSession,
  "POST /api/session/delete": deleteSession,
  "GET /api/session/list": listSessions,
  "POST /api/execute": execute,
  "POST /api/execute/stream": executeStream,
  "POST /api/process/start": startProcess,
  "GET /api/process/list": listProcesses,
  "DELETE /api/process/kill-all": killAll,
  "GET /api/process/*": getProcess,
  "DELETE /api/process/*": killProcess,
  "GET /api/process/*/logs": processLogs,
  "GET /api/process/*/stream": streamProcess,
  "POST /api/port-watch": watchPort,
  "POST /api/write": writeFile,
  "POST /api/read": readFile,
  "POST /api/read/stream": streamFile,
  "POST /api/mkdir": makeDirectory,
  "POST /api/exists": exists,
  "POST /api/list-files": listFiles,
  "POST /api/rename": renameFile,
  "POST /api/move": moveFile,
  "POST /api/delete": removeFile,
  "POST /api/git/checkout": checkout,
  "POST /api/backup/create": createBackup,
  "POST /api/backup/restore": restoreBackup,
  "POST /api/backup/upload-parts": uploadParts,
  "GET /api/contexts": listContexts,
  "DELETE /api/contexts/*": deleteContext,
  "GET /api/interpreter/health": health,
};

/** Finds the handler of a call and sets the call's `param`. */
export function routeOf(call: Call): Handler | undefined {
  const exact = routes[`${call.request.method} ${call.path}`];
  if (exact) return exact;
  const segments = call.path.split("/");
  call.param = segments[3] ?? "";
  if (call.param === "") return undefined;
  return routes[`${call.request.method} ${segments.with(3, "*").join("/")}`];
}
