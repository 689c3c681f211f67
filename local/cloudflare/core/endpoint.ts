/** One call of the API as data: method, path, permission, the query and body it takes, and what it does. */
import { z } from "zod";
import type { Permission } from "../account/permissions.ts";
import type { Answer } from "./envelope.ts";
import { ApiProblem } from "./problems.ts";
import type { World } from "./world.ts";

/** Methods of the API. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The request as an endpoint sees it. */
export interface Call<Query, Body> {
  readonly world: World;
  /** A part of the path, e.g. `param("name")` for `/workers/scripts/:name`. */
  param(name: string): string;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Headers;
  /** The bearer token of the request. */
  readonly token: string;
}

/** An endpoint ready to be routed. */
export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly needs: Permission | undefined;
  run(request: RawCall): Promise<Answer | Response>;
}

/** The request before its query and body are read. `noteBody` tells the request log what was sent. */
export interface RawCall {
  readonly world: World;
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly token: string;
  noteBody(body: unknown): void;
}

interface Spec<Query, Body> {
  readonly method: Method;
  readonly path: string;
  /** Permission that the token must carry; left out for calls that any valid token may make. */
  readonly needs?: Permission;
  /** Query parameters; any other is refused. @default none */
  readonly query?: z.ZodType<Query>;
  /** JSON body, or the form fields when `form` is set. @default none: a body is refused */
  readonly body?: z.ZodType<Body>;
  /** The body is multipart/form-data, read by this function. */
  readonly form?: (form: FormData) => { body: Body; logged: unknown };
  handle(call: Call<Query, Body>): Answer | Response | Promise<Answer | Response>;
}

/** Declares an endpoint. */
export function endpoint<Query = Record<never, never>, Body = undefined>(spec: Spec<Query, Body>): Endpoint {
  return {
    method: spec.method,
    path: spec.path,
    needs: spec.needs,
    async run(raw) {
      const query = readQuery(raw.request, spec.query);
      const body = await readBody(raw, spec);
      const param = (name: string): string => {
        const value = raw.params[name];
        if (value === undefined) throw new Error(`${spec.path} has no part :${name}`);
        return value;
      };
      return spec.handle({ world: raw.world, param, query, body, headers: raw.request.headers, token: raw.token });
    },
  };
}

const noParameters = z.strictObject({});

/** `page` and `per_page`, which lists of the v4 API take. */
export const paging = {
  page: z.coerce.number().int().min(1).optional(),
  per_page: z.coerce.number().int().min(1).max(1000).optional(),
} as const;

function readQuery<T>(request: Request, schema: z.ZodType<T> | undefined): T {
  const parameters = Object.fromEntries(new URL(request.url).searchParams);
  if (schema) return parse(schema, parameters, "query");
  return parse(noParameters, parameters, "query") as T; // an endpoint without a query schema has an empty Query
}

async function readBody<Query, Body>(raw: RawCall, spec: Spec<Query, Body>): Promise<Body> {
  if (spec.form) {
    const read = spec.form(await readForm(raw.request));
    raw.noteBody(read.logged);
    return read.body;
  }
  const text = await raw.request.text();
  if (!spec.body) {
    if (text !== "" && text !== "{}") {
      throw new ApiProblem("requestInvalid", { why: `${spec.method} ${spec.path} takes no body` });
    }
    return undefined as Body;
  }
  const json = parseJson(text, "body");
  raw.noteBody(json);
  return parse(spec.body, json, "body");
}

async function readForm(request: Request): Promise<FormData> {
  const got = request.headers.get("content-type") ?? "(none)";
  if (!got.startsWith("multipart/form-data")) {
    throw new ApiProblem("contentTypeWrong", { got, want: "multipart/form-data" });
  }
  try {
    return await request.formData();
  } catch {
    throw new ApiProblem("requestInvalid", { why: "the multipart body cannot be parsed" });
  }
}

/** Parses JSON text or refuses the request, naming the place. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiProblem("requestInvalid", { why: text === "" ? `${where} is missing` : `${where} is not JSON` });
  }
}

/** Parses data from outside or refuses the request, naming every field that is wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiProblem("requestInvalid", { why: describe(parsed.error, where) });
}

/** "body.max_instances: Too small …; body: Unrecognized key: "foo"". */
export function describe(error: z.ZodError, where: string): string {
  return error.issues.map((issue) => `${[where, ...issue.path.map(String)].join(".")}: ${issue.message}`).join("; ");
}
