/** The orders of `./talaria init`, and what is done for each. */
import fs from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { tokenProblem } from "../config/chat/tokenForms.ts";
import { secretBindings } from "../config/keys.ts";
import { stackFile } from "../config/stackFile.ts";
import { answersSchema, draftOf } from "./answers.ts";
import { choices } from "./choices.ts";
import { fieldsOf, joined, type StackDraft } from "./draft.ts";
import { fromHome } from "./home/index.ts";
import { HomeProblem } from "./home/place.ts";
import { type Checkout, planOf, problemWith, stackFileName } from "./plan.ts";
import { written } from "./write.ts";

const draftSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.string()),
  secretEnvironment: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.object({ text: z.string(), secret: z.boolean().optional() })),
  notes: z.array(z.string()),
}) satisfies z.ZodType<StackDraft>;
const wanted = {
  stack: z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/),
  answers: answersSchema,
  home: draftSchema.optional(),
};

export const orderSchema = z.discriminatedUnion("order", [
  z.object({ order: z.literal("choices") }),
  z.object({ order: z.literal("stack"), stack: wanted.stack }),
  z.object({ order: z.literal("check"), key: z.string(), value: z.unknown() }),
  z.object({ order: z.literal("home"), stack: wanted.stack, folder: z.string(), nixosOptions: z.string().optional() }),
  z.object({ order: z.literal("plan"), ...wanted }),
  z.object({ order: z.literal("write"), ...wanted }),
]);
export type Order = z.infer<typeof orderSchema>;

const top = path.resolve(import.meta.dirname, "../..");

/** Does what is ordered. */
export async function answer(order: Order): Promise<unknown> {
  switch (order.order) {
    case "choices":
      return choices();
    case "stack":
      return stackAsItIs(order.stack);
    case "check":
      return { problem: problemOf(order.key, order.value) };
    case "home":
      return homeOf(order);
    case "plan": {
      const { files, replaced, problems } = planOf(order.stack, whole(order), checkout());
      const { secrets, secretEnvironment, notes } = whole(order);
      const listed = files.map(({ path: file, state, secret }) => ({ path: file, state, secret }));
      return { files: listed, replaced, problems, secrets, secretEnvironment, notes };
    }
    case "write":
      return { written: written(top, planOf(order.stack, whole(order), checkout()).files) };
  }
}

function whole({
  answers,
  home,
}: {
  answers: z.infer<typeof answersSchema>;
  home?: StackDraft | undefined;
}): StackDraft {
  const draft = draftOf(answers);
  return home === undefined ? draft : joined(home, draft);
}

/** An existing Hermes as a draft, or why it is none. */
function homeOf({
  stack,
  folder,
  nixosOptions,
}: {
  stack: string;
  folder: string;
  nixosOptions?: string | undefined;
}): unknown {
  try {
    const home = fromHome(stack, folder, nixosOptions, checkout());
    const model = fieldsOf(home.config, "model").default;
    return { home, keys: [...Object.keys(home.config), ...Object.keys(home.secrets)], model };
  } catch (error) {
    if (error instanceof HomeProblem) return { problem: error.message };
    throw error;
  }
}

/** What a stack's file holds: which keys are set. */
function stackAsItIs(stack: string): unknown {
  const { project, read } = checkout();
  const text = read(stackFileName(stack));
  const { keys } = stackFile(stackFileName(stack), text ?? "", project);
  const model = fieldsOf(keys, "model").default;
  return { exists: text !== undefined, keys: Object.keys(keys), model: typeof model === "string" ? model : undefined };
}

/** Of a secret, its form alone. */
function problemOf(key: string, value: unknown): string | undefined {
  if (!(key in secretBindings)) return problemWith(key, value);
  return typeof value === "string" && value !== "" ? tokenProblem(key, value) : "is empty.";
}

function checkout(): Checkout {
  const read = (file: string) => {
    const found = path.resolve(top, file);
    return fs.existsSync(found) ? fs.readFileSync(found, "utf8") : undefined;
  };
  const { name } = z.object({ name: z.string() }).parse(parse(read("Pulumi.yaml") ?? ""));
  return { project: name, read };
}
