/** `talaria config`: what Hermes goes by, and who said so; `talaria config secrets`: what the bot holds, never a value. */
import { z } from "zod";
import type { Context } from "../context.ts";
import { plainText } from "../plainText.ts";
import { table } from "../tables.ts";
import { moment, relative } from "../times.ts";

/** Options of `config`. */
export interface ConfigOptions {
  /** Only where the container, the stack and the home differ. */
  readonly drift?: boolean;
  /** Talaria's own leaves and defaults, too. */
  readonly all?: boolean;
}

const leafSchema = z.looseObject({
  path: z.string(),
  value: z.unknown(),
  source: z.string(),
  at: z.string().nullable(),
  drift: z.string().nullable(),
});
const secretSchema = z.looseObject({
  name: z.string(),
  origin: z.string(),
  fingerprint: z.string(),
  since: z.string(),
  overlapUntil: z.string().nullable(),
  inGateway: z.boolean(),
});
const configSchema = z.looseObject({
  stack: z.string(),
  looked: z.boolean(),
  applied: z.boolean().nullable(),
  leaves: z.array(leafSchema),
  problem: z.string().nullable(),
  secrets: z.array(secretSchema),
});
type Leaf = z.infer<typeof leafSchema>;

/** Characters of a value in the table. */
const widest = 60;

const call = { method: "GET", path: "/api/config" } as const;

/** Prints leaves: those of the stack, of the user and of the agent, all with `--all`, those that differ with `--drift`. */
export async function config({ output, client }: Context, { drift, all }: ConfigOptions): Promise<void> {
  const { value } = await (await client()).api(call, configSchema);
  const { leaves, looked, applied, problem } = value;
  const wanted = leaves.filter((leaf) =>
    drift ? leaf.drift !== null : all || leaf.drift !== null || ["declared", "user", "agent"].includes(leaf.source),
  );
  output.result(drift || all ? wanted : leaves, () =>
    [
      wanted.length === 0
        ? drift
          ? "no difference"
          : "nothing is declared, and nothing set by hand"
        : rows(wanted, new Date()),
      ...(problem === null ? [] : [`The home's config.yaml cannot be read: ${plainText(problem)}`]),
      ...(looked ? [] : ["The bot is down: this is what the stack declares. ./talaria wake, and look again."]),
      ...(applied === false ? ["The gateway runs with what was declared before. ./talaria restart --gateway"] : []),
    ].join("\n"),
  );
}

/** Prints the secrets' names, where each is, and a fingerprint. */
export async function configSecrets({ output, client }: Context): Promise<void> {
  const now = new Date();
  const { secrets } = (await (await client()).api(call, configSchema)).value;
  output.result(secrets, () =>
    table(
      ["name", "from", "in", "fingerprint", "this value since"],
      secrets.map(({ name, origin, fingerprint, since, inGateway, overlapUntil }) => [
        name,
        origin === "generated" ? "the stack" : "its config",
        inGateway ? "Worker, gateway" : "Worker",
        fingerprint,
        `${relative(since, now)}${overlapUntil === null ? "" : `, the one before valid until ${moment(overlapUntil)}`}`,
      ]),
    ),
  );
}

function rows(leaves: readonly Leaf[], now: Date): string {
  const since = (at: string | null) => (at === null ? "" : relative(at, now));
  const cells = leaves.map(({ path, value, source, at }) => [plainText(path), shown(value), source, since(at)]);
  const lines = table(["path", "value", "from", "since"], cells).split("\n");
  const [head = "", ...body] = lines;
  return [head, ...body.flatMap((line, at) => [line, ...difference(leaves[at])])].join("\n");
}

function difference(leaf: Leaf | undefined): string[] {
  return leaf?.drift ? [`    ${plainText(leaf.drift)}`] : [];
}

function shown(value: unknown): string {
  const text = plainText(JSON.stringify(value) ?? "");
  return text.length <= widest ? text : `${text.slice(0, widest)}…`;
}
