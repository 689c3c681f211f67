/** `talaria token` and `talaria logout`: who may chat, and which browsers are logged in. */
import { z } from "zod";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { plainText } from "../plainText.ts";
import { count } from "../sizes.ts";
import { moment } from "../times.ts";

/** Options of `token add`. */
export interface AddOptions {
  /** Seconds; none: for good. */
  readonly expires?: number;
}

/** Options of `token rotate`. */
export interface RotateOptions {
  /** Seconds that the old value stays valid. */
  readonly overlap: number;
}

const knownSchema = z.looseObject({
  name: z.string(),
  created: z.string(),
  expires: z.string().nullish(),
  lastUsed: z.string().nullish(),
  replaced: z.boolean().nullish(),
});
const listSchema = z.looseObject({ tokens: z.array(knownSchema) });
const madeSchema = knownSchema.extend({ token: z.string() });
const revokedSchema = z.looseObject({ revoked: z.number() });
const endedSchema = z.looseObject({ ended: z.number() });

/** Makes a token. Its value alone goes to stdout. */
export async function tokenAdd({ output, client }: Context, name: string, { expires }: AddOptions): Promise<void> {
  const bot = await client();
  const call = { method: "POST", path: "/api/tokens", body: { name, expiresSeconds: expires ?? null } } as const;
  const { value, raw } = await bot.api(call, madeSchema);
  tell(output, bot.target.url, value, raw);
}

/** Gives a token a new value. */
export async function tokenRotate(
  { output, client }: Context,
  name: string,
  { overlap }: RotateOptions,
): Promise<void> {
  const bot = await client();
  const path = `/api/tokens/${encodeURIComponent(name)}/rotate`;
  const { value, raw } = await bot.api({ method: "POST", path, body: { overlapSeconds: overlap } }, madeSchema);
  tell(output, bot.target.url, value, raw);
  const until = new Date(Date.now() + overlap * 1_000).toISOString();
  output.note(overlap === 0 ? "The old value is valid no more." : `The old value ends ${moment(until)} at the latest.`);
}

/** Lists the tokens, without their values. */
export async function tokenList({ output, client }: Context): Promise<void> {
  const { tokens } = (await (await client()).api({ method: "GET", path: "/api/tokens" }, listSchema)).value;
  output.result(tokens, () =>
    tokens.length === 0 ? "no named tokens; the stack's own is in `./talaria env`" : table(tokens),
  );
}

/** Ends a token at once. */
export async function tokenRevoke({ output, client }: Context, name: string): Promise<void> {
  const call = { method: "DELETE", path: `/api/tokens/${encodeURIComponent(name)}` } as const;
  const { value, raw } = await (await client()).api(call, revokedSchema);
  const more = value.revoked > 1 ? `, with ${value.revoked - 1} that a rotation had left` : "";
  output.result(raw, () => `${name} opens nothing any more${more}`);
}

/** Ends every session that an operator has in a browser. */
export async function logout({ output, client }: Context): Promise<void> {
  const call = { method: "DELETE", path: "/api/sessions" } as const;
  const { value, raw } = await (await client()).api(call, endedSchema);
  output.result(raw, () => `${count(value.ended, "session")} ended`);
}

function tell(output: Output, url: string, { token, expires }: z.infer<typeof madeSchema>, raw: unknown): void {
  output.result(raw, () => token);
  const life = expires ? `until ${moment(expires)}` : "until it is revoked";
  output.note(`Valid ${life}; it is shown this once. As OPENAI_API_KEY, with OPENAI_BASE_URL=${url}/v1`);
}

function table(tokens: readonly z.infer<typeof knownSchema>[]): string {
  const rows = tokens.map(({ name, created, expires, lastUsed, replaced }) => ({
    name: plainText(name),
    life: `${replaced ? "old value, " : ""}${expires ? `${hasEnded(expires) ? "ended" : "ends"} ${moment(expires)}` : "for good"}`,
    facts: `since ${moment(created)}, used ${lastUsed ? `in the hour from ${moment(lastUsed)}` : "never"}`,
  }));
  const [name, life] = [widest(rows.map((row) => row.name)), widest(rows.map((row) => row.life))];
  return rows.map((row) => `${row.name.padEnd(name)}  ${row.life.padEnd(life)}  ${row.facts}`).join("\n");
}

const hasEnded = (time: string) => Date.parse(time) <= Date.now();
const widest = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));
