/** Miniflare's own messages, as lines of the runtime's log. */
import { Log, LogLevel } from "miniflare";

type Level = "debug" | "info" | "warn" | "error";

export class RuntimeLog extends Log {
  readonly #write: (level: Level, text: string) => void;

  constructor(write: (level: Level, text: string) => void) {
    super(LogLevel.WARN);
    this.#write = write;
  }

  override logWithLevel(level: LogLevel, message: string): void {
    if (level === LogLevel.ERROR) this.#write("error", message);
    else if (level === LogLevel.WARN) this.#write("warn", message);
  }
}
