/** `command:local:Command`: a script each for create, update and delete. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isUnknown, type Properties, unknown } from "../server/properties.ts";
import type { Call, Change, Resource } from "../server/provider.ts";
import { type CommandOutput, runCommand } from "./run.ts";

const loggings = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

const argumentsSchema = z.object({
  create: z.string().optional(),
  update: z.string().optional(),
  delete: z.string().optional(),
  interpreter: z.array(z.string()).optional(),
  dir: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  stdin: z.string().optional(),
  triggers: z.array(z.json()).optional(),
  logging: z.enum(loggings).optional(),
  addPreviousOutputInEnv: z.boolean().optional(),
});

type Arguments = z.infer<typeof argumentsSchema>;

const inputs = Object.keys(argumentsSchema.shape);
const collectsFiles = ["assetPaths", "archivePaths"];

/** The resource. Any changed input runs the script again; changed `triggers` make it anew. */
export const localCommand: Resource = {
  secretOutputs: [],

  check(_call, news) {
    const known = Object.entries(news).filter(([, value]) => !isUnknown(value));
    const parsed = argumentsSchema.safeParse(Object.fromEntries(known));
    const issues = parsed.success ? [] : parsed.error.issues;
    return [
      ...issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
      ...collectsFiles
        .filter((name) => news[name] !== undefined)
        .map(
          (name) =>
            `'${name}' is not part of the stand-in (local/plugins): it collects no files. Install the real plugin.`,
        ),
    ];
  },

  diff(_call, olds, news) {
    const changes = inputs.flatMap((property): Change[] => {
      const have = olds[property];
      const want = news[property];
      if (isDeepStrictEqual(have, want)) return [];
      return [{ property, kind: have === undefined ? "add" : want === undefined ? "delete" : "update" }];
    });
    return { changes, replaces: changes.map((change) => change.property).filter((name) => name === "triggers") };
  },

  async create(call, news) {
    if (call.preview) return { id: "", state: { ...news, stdout: unknown, stderr: unknown } };
    const id = `${call.name}${randomBytes(4).toString("hex")}`;
    const output = await runFor(call, news, "create", undefined);
    return { id, state: { ...news, ...(output ?? { stdout: "", stderr: "" }) } };
  },

  read: async (_call, id, state, given) => ({ id, state, inputs: given }),

  async update(call, _id, olds, news) {
    if (call.preview) return { ...news, stdout: unknown, stderr: unknown };
    const previous = outputOf(olds);
    const output = await runFor(call, news, news.update === undefined ? "create" : "update", previous);
    return { ...news, ...(output ?? previous) };
  },

  async delete(call, _id, olds) {
    await runFor(call, olds, "delete", outputOf(olds));
  },
};

/** Runs the script of a step; undefined when there is none. */
async function runFor(
  call: Call,
  properties: Properties,
  step: "create" | "update" | "delete",
  previous: CommandOutput | undefined,
): Promise<CommandOutput | undefined> {
  const given = argumentsSchema.parse(properties);
  const command = given[step];
  if (command === undefined) return undefined;
  try {
    return await runCommand({
      interpreter: given.interpreter?.length ? given.interpreter : ["/bin/sh", "-c"],
      command,
      dir: given.dir,
      environment: environmentOf(given, previous),
      stdin: given.stdin,
      signal: call.signal,
      onLine: (stream, line) => {
        if (logs(given, stream)) call.log.status(call.urn, line);
      },
    });
  } finally {
    await call.log.flush();
  }
}

function environmentOf(given: Arguments, previous: CommandOutput | undefined): Record<string, string> {
  const inherited = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return {
    ...Object.fromEntries(inherited),
    ...given.environment,
    ...(given.addPreviousOutputInEnv !== false && previous?.stdout ? { PULUMI_COMMAND_STDOUT: previous.stdout } : {}),
    ...(given.addPreviousOutputInEnv !== false && previous?.stderr ? { PULUMI_COMMAND_STDERR: previous.stderr } : {}),
  };
}

function logs(given: Arguments, stream: "stdout" | "stderr"): boolean {
  return given.logging === undefined || given.logging === "stdoutAndStderr" || given.logging === stream;
}

function outputOf(state: Properties): CommandOutput {
  return { stdout: String(state.stdout ?? ""), stderr: String(state.stderr ?? "") };
}
