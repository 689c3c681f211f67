/** One route of ours, said once: what it is called, who may ask, with what, what it answers, and what does it. */
import type { Context } from "hono";
import type * as z from "zod";
import type { ProblemCode } from "../errors.ts";
import type { App } from "../routes/context.ts";

export const methods = ["get", "post", "put", "delete"] as const;
export type Method = (typeof methods)[number];

/** Who may ask: `worker/auth` keeps the doors. */
export type Door = "anyone" | "operator" | "client" | "slack";

/** The document's chapters. */
export const tags = {
  open: "What anyone may see.",
  lifecycle: "The bot's state and log; up, down, anew.",
  memory: "What the bot knows: saved, compared, taken back.",
  travel: "Archives of the memory, out of the bot and into it.",
  cost: "What the bot costs, and what holds it down.",
  exec: "The agent's commands, and the sandboxes that they run in.",
  console: "The operator's page.",
  callers: "Who may ask: client tokens, sessions in browsers.",
  box: "The agent's own container, by hand.",
  operatorBot: "The operator's bot in Slack, which needs no container.",
  agent: "Hermes' API server, in OpenAI's form.",
} as const;
export type Tag = keyof typeof tags;

/** Content by its media type; null: bytes. */
export type Contents = Readonly<Record<string, z.ZodType | null>>;

/** What an answer without an error is. */
export interface Answer {
  /** @default 200 */
  readonly status?: 200 | 201 | 202 | 303;
  /** A sentence. */
  readonly what: string;
  readonly contents: Contents;
  /** Headers that matter, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route as the document tells of it. */
export interface Described {
  readonly method: Method;
  /** As OpenAPI writes it, `/api/runs/{run}`. */
  readonly path: string;
  /** Other paths that it answers to, as earlier programs called them. */
  readonly also: readonly string[];
  /** `operationId`. */
  readonly id: string;
  readonly tag: Tag;
  readonly door: Door;
  /** One line: what it does. */
  readonly does: string;
  /** Whether it leaves a bot that sleeps asleep. */
  readonly quiet: boolean;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  /** Request headers that it looks at. */
  readonly headers: z.ZodObject | undefined;
  /** JSON that it parses; none is an empty object. */
  readonly body: z.ZodType | undefined;
  /** A body that is passed on as it comes. */
  readonly passesOn: Contents | undefined;
  readonly answer: Answer;
  /** What can go wrong beside what its door and its parameters refuse. */
  readonly problems: readonly ProblemCode[];
}

/** A route that is served. */
export interface Route extends Described {
  readonly handle: (c: Context<App>, asked: Asked) => Promise<Response>;
}

/** A request's parts, not parsed. */
export interface Asked {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

type Optional = "also" | "quiet" | "params" | "query" | "headers" | "body" | "passesOn" | "problems";
type None = z.ZodObject<Record<never, never>>;

/** {@link Described}, where most is left out. */
export type Description = Omit<Described, Optional> & { readonly [K in Optional]?: Described[K] };

interface Spec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  H extends z.ZodObject,
  B extends z.ZodType,
  A extends z.ZodType,
> extends Omit<Description, "answer"> {
  readonly params?: P;
  readonly query?: Q;
  readonly headers?: H;
  readonly body?: B;
  /** `json`: what `act` gives, as JSON, or content of another type `beside` it. Else `act` makes the whole answer. */
  readonly answer: (Omit<Answer, "contents"> & { readonly json: A; readonly beside?: Contents }) | Answer;
}

interface Parsed<P extends z.ZodType, Q extends z.ZodType, H extends z.ZodType, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly headers: z.output<H>;
  readonly body: z.output<B>;
  readonly c: Context<App>;
}

/** A route that the document tells of and something else serves. */
export function described(description: Description): Described {
  const { also = [], quiet = false, params, query, headers, body, passesOn, problems = [], ...rest } = description;
  return { ...rest, also, quiet, params, query, headers, body, passesOn, problems };
}

/** A route and what it does, which is checked against what it says. */
export function route<
  P extends z.ZodObject = None,
  Q extends z.ZodObject = None,
  H extends z.ZodObject = None,
  B extends z.ZodType = None,
  A extends z.ZodType = z.ZodNever,
>(spec: Spec<P, Q, H, B, A>, act: (asked: Parsed<P, Q, H, B>) => Promise<ReadonlyDeep<z.input<A>> | Response>): Route {
  const { answer: said, ...rest } = spec;
  const { status = 200 } = said;
  const answer =
    "json" in said ? { ...said, contents: { "application/json": said.json, ...said.beside } } : { ...said, status };
  return {
    ...described({ ...rest, answer }),
    handle: async (c, asked) => {
      const given = await act({ ...asked, c } as Parsed<P, Q, H, B>); // by the schemas of this spec, in `mount.ts`
      return given instanceof Response ? given : c.json(given as object, status);
    },
  };
}

/** What may be told is only read. */
type ReadonlyDeep<T> = T extends readonly (infer E)[]
  ? readonly ReadonlyDeep<E>[]
  : T extends object
    ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
    : T;
