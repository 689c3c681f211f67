/**
 * The side of the stack: which keys there are, what is wrong with a value, what would be written. A program of its own
 * (`infra/init`), asked over pipes, as Pulumi is: the command line itself knows no key.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { CliError } from "../problems.ts";

const program = fileURLToPath(new URL("../../infra/init/index.ts", import.meta.url));

const secretSchema = z.object({ key: z.string(), variable: z.string(), where: z.string() });
export type SecretChoice = z.infer<typeof secretSchema>;
const platformSchema = z.object({
  name: z.string(),
  label: z.string(),
  secrets: z.array(z.array(secretSchema)),
  fields: z.array(z.object({ name: z.string(), meaning: z.string() })),
  people: z.boolean(),
});
export type PlatformChoice = z.infer<typeof platformSchema>;
const providerSchema = secretSchema.extend({ name: z.string(), needsModel: z.boolean(), needsBaseUrl: z.boolean() });
export type ProviderChoice = z.infer<typeof providerSchema>;
const choicesSchema = z.object({
  environments: z.array(z.string()),
  deploy: secretSchema,
  password: secretSchema,
  providers: z.array(providerSchema),
  platforms: z.array(platformSchema),
});
export type Choices = z.infer<typeof choicesSchema>;

const stackSchema = z.object({ exists: z.boolean(), keys: z.array(z.string()), model: z.string().optional() });
/** A stack's file as it is; `keys` are those that are set, `model` is what it names. */
export type StackAsItIs = z.infer<typeof stackSchema>;

const homeSchema = z.union([
  z.object({ problem: z.string() }),
  z.object({ home: z.unknown(), keys: z.array(z.string()), model: z.string().optional() }),
]);

const fileSchema = z.object({ path: z.string(), state: z.enum(["new", "changed", "same"]), secret: z.boolean() });
const planSchema = z.object({
  files: z.array(fileSchema),
  replaced: z.array(z.string()),
  problems: z.string().optional(),
  secrets: z.record(z.string(), z.string()),
  secretEnvironment: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
});
export type Plan = z.infer<typeof planSchema>;

/** What was answered; what is left out stays as it is. */
export interface Answers {
  environment?: string | undefined;
  accountId?: string | undefined;
  model?: string | undefined;
  baseUrl?: string | undefined;
  chat: Record<string, Record<string, unknown>>;
  secrets: Record<string, string>;
}

/** A stack that is about to be. `home`: what was found of an existing Hermes, as it was told. */
export interface Draft {
  readonly stack: string;
  readonly answers: Answers;
  readonly home?: unknown;
}

/** Asks it, one order after the other. */
export class Drafting {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #said = "";

  constructor() {
    this.#child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stdin.on("error", () => {}); // it ended: the next answer is missing, and says why
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-2000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  choices(): Promise<Choices> {
    return this.#ask({ order: "choices" }, choicesSchema);
  }

  stack(stack: string): Promise<StackAsItIs> {
    return this.#ask({ order: "stack", stack }, stackSchema);
  }

  /** What is wrong with a value of a key, in words; undefined where nothing is. */
  async problemWith(key: string, value: unknown): Promise<string | undefined> {
    return (await this.#ask({ order: "check", key, value }, z.object({ problem: z.string().optional() }))).problem;
  }

  /** What an existing Hermes is as a stack. @throws CliError `initHome` */
  async home(stack: string, folder: string, nixosOptions: string | undefined) {
    const found = await this.#ask({ order: "home", stack, folder, nixosOptions }, homeSchema);
    if ("problem" in found) throw new CliError("initHome", { folder, detail: found.problem });
    return found;
  }

  plan(draft: Draft): Promise<Plan> {
    return this.#ask({ order: "plan", ...draft }, planSchema);
  }

  /** Writes the files; the secrets are Pulumi's to write. Returns the paths. */
  async write(draft: Draft): Promise<readonly string[]> {
    return (await this.#ask({ order: "write", ...draft }, z.object({ written: z.array(z.string()) }))).written;
  }

  close(): void {
    this.#child.stdin.end();
  }

  async #ask<T>(order: unknown, schema: z.ZodType<T>): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new CliError("internal", { detail: this.#said.trim() || "infra/init has ended" });
    const said: unknown = JSON.parse(String(value));
    const refused = z.object({ refused: z.string() }).safeParse(said);
    if (refused.success) throw new CliError("initRefused", { detail: refused.data.refused });
    return schema.parse(said);
  }
}
