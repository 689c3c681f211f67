/** Questions one after the other, of which some answers are not shown. Ctrl-C or the end of input breaks off. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CliError } from "../problems.ts";

/** The answer, without the space around it. @throws CliError `brokenOff` */
export function ask(question: string): Promise<string> {
  return answerTo(question, process.stderr);
}

/** The same; what is typed or pasted does not appear. */
export async function askHidden(question: string): Promise<string> {
  try {
    return await answerTo(question, new Writable({ write: (_chunk, _encoding, done) => done() }));
  } finally {
    process.stderr.write("\n");
  }
}

/** The line editor echoes to `echo`. The terminal itself echoes nothing from here on, so the question comes after it. */
function answerTo(question: string, echo: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 });
  return new Promise<string>((resolve, reject) => {
    lines.once("line", (line) => resolve(line.trim()));
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => reject(new CliError("brokenOff"))); // after a line this says nothing more
    if (echo !== process.stderr) process.stderr.write(question);
    lines.setPrompt(question);
    lines.prompt();
  }).finally(() => lines.close());
}
