/** Where answers come from: flags and variables first, then somebody at the terminal; without one, what lacks is collected. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";
import { ask, askHidden } from "../slackSetup/questions.ts";
import type { Drafting, SecretChoice } from "./drafting.ts";

/** One question whose answer may be shown. */
export interface Question {
  readonly text: string;
  /** How it is said without a terminal. */
  readonly flag: string;
  /** What was said by the flag. */
  readonly given: string | undefined;
  /** What Enter means; "" may stay empty. */
  readonly standard?: string | undefined;
  /** What is wrong with an answer, to say so and ask again. */
  readonly problem?: (answer: string) => Promise<string | undefined> | string | undefined;
}

/** Answers to the questions of one run. */
export class Answering {
  /** Somebody is there to be asked. */
  readonly asks: boolean;
  /** What nobody said, as it would be said. */
  readonly lacking: string[] = [];
  readonly #output: Output;
  readonly #drafting: Drafting;
  readonly #variables: Readonly<Record<string, string | undefined>>;

  constructor(
    asks: boolean,
    output: Output,
    drafting: Drafting,
    variables: Readonly<Record<string, string | undefined>>,
  ) {
    this.asks = asks;
    this.#output = output;
    this.#drafting = drafting;
    this.#variables = variables;
  }

  /** A variable that was given; "" without it. */
  variable(name: string): string {
    return this.#variables[name] ?? "";
  }

  /** The answer; "" where it lacks. */
  async plain({ text, flag, given, standard, problem }: Question): Promise<string> {
    if (given !== undefined || !this.asks) {
      const answer = given ?? standard;
      if (answer === undefined) this.lacking.push(flag);
      const wrong = answer ? await problem?.(answer) : undefined;
      if (wrong !== undefined) throw new CliError("initValue", { flag, value: answer ?? "", problem: wrong });
      return answer ?? "";
    }
    for (;;) {
      const typed = await ask(`${text}${standard ? ` [${standard}]` : ""}: `);
      const answer = typed === "" ? standard : typed;
      if (answer === undefined) continue;
      const wrong = answer === "" ? undefined : await problem?.(answer);
      if (wrong === undefined) return answer;
      this.#output.note(`   "${answer}" ${wrong}`);
    }
  }

  /** A secret: of the variable that is named for it, or typed unseen. "" where it lacks, or is left out. */
  async secret({ key, variable, where }: SecretChoice, title: string, mayLack?: string): Promise<string> {
    const known = this.variable(variable);
    if (!this.asks) {
      if (known === "" && mayLack === undefined) this.lacking.push(`${variable}=…`);
      const wrong = known === "" ? undefined : await this.#drafting.problemWith(key, known);
      if (wrong !== undefined) throw new CliError("initSecret", { variable, problem: wrong });
      return known;
    }
    this.#output.note(`\n${title}${where === "" ? "" : `\n   ${where}`}`);
    const enter = known !== "" ? `; Enter takes ${variable} of your environment` : mayLack ? `; Enter: ${mayLack}` : "";
    for (;;) {
      const typed = await askHidden(`   Paste it here (it is not shown${enter}): `);
      const value = typed === "" ? known : typed;
      if (value === "" && mayLack !== undefined) return "";
      if (value === "") continue;
      const wrong = await this.#drafting.problemWith(key, value);
      if (wrong === undefined) return value;
      this.#output.note(`   It ${wrong}`);
    }
  }
}

/** Variables of the environment, and of a file of them (`-`: stdin), which wins. @throws CliError `fileUnreadable` */
export function variablesOf(file: string | undefined): Readonly<Record<string, string | undefined>> {
  if (file === undefined) return process.env;
  try {
    return { ...process.env, ...parseEnv(readFileSync(file === "-" ? 0 : file, "utf8")) };
  } catch (error) {
    throw new CliError("fileUnreadable", { file, detail: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
}
