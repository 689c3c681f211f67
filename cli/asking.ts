/** Questions at a terminal. Anywhere else the answer has to come with the command. */
import { createInterface } from "node:readline/promises";

/** Whether somebody is there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** The answer, without the space around it. */
export async function asked(question: string): Promise<string> {
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await questions.question(question)).trim();
  } finally {
    questions.close();
  }
}

/** Whether the answer to `question` is yes; no is what Enter means. */
export async function saysYes(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await asked(`${question} [y/N] `));
}
