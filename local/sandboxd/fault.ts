/** Errors as the server's clients see them: `{code, message, context, httpStatus, timestamp, operation?, suggestion?}`. */

type Context = Readonly<Record<string, unknown>>;

interface Kind {
  readonly status: number;
  readonly suggestion?: (context: Context) => string;
}

/** Every code that this server answers with, its status, and the suggestion that goes with it. */
const kinds = {
  BACKUP_CREATE_FAILED: {
    status: 500,
    suggestion: () => "Backup creation failed. Check that the directory exists and you have sufficient disk space",
  },
  BACKUP_RESTORE_FAILED: {
    status: 500,
    suggestion: () => "Backup restoration failed. The archive may be corrupted or the target directory may be in use",
  },
  COMMAND_EXECUTION_ERROR: { status: 500 },
  COMMAND_NOT_FOUND: {
    status: 404,
    suggestion: (c) => `Check that "${c.command}" is installed and available in the system PATH`,
  },
  CONTEXT_NOT_FOUND: {
    status: 404,
    suggestion: (c) => `Context "${c.contextId}" does not exist. Create a context first using createContext()`,
  },
  FILESYSTEM_ERROR: { status: 500 },
  FILE_NOT_FOUND: {
    status: 404,
    suggestion: (c) => `Ensure the file exists at ${c.path} before attempting to access it`,
  },
  FILE_TOO_LARGE: { status: 413 },
  GIT_OPERATION_FAILED: { status: 500 },
  INTERNAL_ERROR: { status: 500 },
  INVALID_BACKUP_CONFIG: { status: 400, suggestion: () => "Invalid backup configuration: undefined" },
  INVALID_COMMAND: { status: 400 },
  IS_DIRECTORY: {
    status: 400,
    suggestion: (c) => `Cannot perform this operation on a directory. Path ${c.path} is a directory`,
  },
  NOT_DIRECTORY: {
    status: 400,
    suggestion: (c) => `Expected a directory but found a file at ${c.path}`,
  },
  PROCESS_NOT_FOUND: {
    status: 404,
    suggestion: () => "Verify the process ID is correct and the process has not already exited",
  },
  SECURITY_VALIDATION_FAILED: { status: 500 },
  SESSION_ALREADY_EXISTS: {
    status: 409,
    suggestion: (c) =>
      `Session "${c.sessionId}" already exists. Use a different session ID or reuse the existing session`,
  },
  SESSION_TERMINATED: {
    status: 410,
    suggestion: (c) =>
      `Session "${c.sessionId}" ended because its shell exited (exit code: ${c.exitCode}). Session-local state (env vars, cwd, shell functions) has been lost. Retry the call to start a fresh session, or call createSession() with the same id to recreate it explicitly`,
  },
  STREAM_START_ERROR: { status: 500 },
  UNKNOWN_ERROR: { status: 500 },
  VALIDATION_FAILED: {
    status: 400,
    suggestion: () => "Check the request parameters and ensure they match the required format",
  },
} as const satisfies Record<string, Kind>;

/** A code of the table above. */
export type FaultCode = keyof typeof kinds;

/** An error with the exact answer that the client gets. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly context: Context;
  readonly operation: string | undefined;
  readonly status: number;

  constructor(
    code: FaultCode,
    message: string,
    context: Context = {},
    more: { operation?: string; status?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.context = context;
    this.operation = more.operation;
    this.status = more.status ?? kinds[code].status;
  }

  /** The body of the answer. */
  toBody(): Record<string, unknown> {
    const kind: Kind = kinds[this.code];
    return {
      code: this.code,
      message: this.message,
      context: this.context,
      ...(this.operation === undefined ? {} : { operation: this.operation }),
      httpStatus: this.status,
      timestamp: new Date().toISOString(),
      ...(kind.suggestion ? { suggestion: kind.suggestion(this.context) } : {}),
    };
  }
}

/** What the real server answers when its own code trips: 500 with a stack. */
export function internalError(message: string): Fault {
  const fault = new Fault("INTERNAL_ERROR", message);
  return new Fault("INTERNAL_ERROR", message, { stack: fault.stack ?? message });
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
