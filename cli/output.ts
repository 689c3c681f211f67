/** Where the command line writes, and in which form. */
import type { CliError } from "./problems.ts";

/** Results go to stdout; errors, warnings and waiting go to stderr. */
export class Output {
  readonly json: boolean;
  /** Someone looks at stderr. */
  readonly watched: boolean;
  #waiting = false;

  constructor(json: boolean) {
    this.json = json;
    this.watched = process.stderr.isTTY === true;
  }

  /** The result: `value` with `--json` (lists are arrays, the rest one object), else the text. */
  result(value: unknown, human: () => string): void {
    this.endWaiting();
    process.stdout.write(`${this.json ? JSON.stringify(value, undefined, 2) : human()}\n`);
  }

  /** A piece of a streamed text. */
  piece(text: string): void {
    this.endWaiting();
    process.stdout.write(text);
  }

  /** A remark for the person at the terminal; nothing with `--json`. */
  note(text: string): void {
    if (this.json) return;
    this.endWaiting();
    process.stderr.write(`${text}\n`);
  }

  /** Shows that something lasts. On a terminal the line is rewritten, elsewhere it is written once. */
  waiting(text: string): void {
    if (this.json) return;
    if (this.watched) process.stderr.write(`\r\x1b[K${text}`);
    else if (!this.#waiting) process.stderr.write(`${text}\n`);
    this.#waiting = true;
  }

  /** Clears the line of {@link waiting}. */
  endWaiting(): void {
    if (this.#waiting && this.watched) process.stderr.write("\r\x1b[K");
    this.#waiting = false;
  }

  /** The error, in the form that was asked for. */
  error(error: CliError): void {
    this.endWaiting();
    const { code, message, next } = error;
    const human = `error: ${indented(message)}\n       ${indented(next)}`;
    process.stderr.write(`${this.json ? JSON.stringify({ error: { code, message, next } }) : human}\n`);
  }
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n       ");
}
