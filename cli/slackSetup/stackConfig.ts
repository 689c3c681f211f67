/** The configuration of a stack, read and written by Pulumi. Values of secrets go in by stdin: no command line and no log has them. */
import { z } from "zod";
import { CliError } from "../problems.ts";
import { lastLines, runPulumi } from "../pulumi.ts";
import { howToDeploy, readConfig } from "../stackOutputs.ts";

const entriesSchema = z.record(
  z.string(),
  z.object({ value: z.string().optional() }), // Pulumi's `objectValue` rounds long numbers
);

/** One stack's keys, without their prefix. */
export class StackConfig {
  readonly stack: string;
  private readonly entries: z.output<typeof entriesSchema>;

  private constructor(stack: string, entries: z.output<typeof entriesSchema>) {
    this.stack = stack;
    this.entries = entries;
  }

  /** Reads which keys are set, and what is no secret. @throws CliError without such a stack */
  static async read(stack: string): Promise<StackConfig> {
    const run = await runPulumi(["config", "--json", "--stack", stack]);
    if (run.code !== 0 && /no stack named/i.test(run.stderr))
      throw new CliError("noStack", { stack, deploy: howToDeploy(stack) });
    const parsed = entriesSchema.safeParse(run.code === 0 ? parseJson(run.stdout) : undefined);
    if (!parsed.success)
      throw new CliError("configUnreadable", {
        stack,
        key: "talaria",
        detail: lastLines(run.stderr) || "no list of keys",
      });
    return new StackConfig(stack, parsed.data);
  }

  /** The value of a key with fields; undefined where it is not set. */
  fields(key: string): unknown {
    const text = this.entries[`talaria:${key}`]?.value;
    return text === undefined ? undefined : parseJson(text);
  }

  /** A secret in the clear; undefined where it is not set. */
  async secret(key: string): Promise<string | undefined> {
    return this.entries[`talaria:${key}`] === undefined ? undefined : readConfig(this.stack, `talaria:${key}`);
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.set(key, ["--secret", `talaria:${key}`], value);
  }

  /** Sets a field, such as `slack.allowedUsers[0]`. */
  async setField(path: string, value: string): Promise<void> {
    await this.set(path, ["--path", `talaria:${path}`, value]);
  }

  private async set(key: string, words: readonly string[], input?: string): Promise<void> {
    const options = input === undefined ? {} : { input };
    const run = await runPulumi(["config", "set", ...words, "--stack", this.stack], options);
    if (run.code !== 0) throw new CliError("configNotSet", { stack: this.stack, key, detail: lastLines(run.stderr) });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it, or there is nothing in it that is looked for
  }
}
