import * as z from "zod";
import { type ProblemCode, problems } from "../errors.ts";
import { type Answer, type Contents, type Described, type Door, tags } from "./route.ts";
import { fieldsOf, type JsonSchema, namedSchemas, schemaOf } from "./schemas.ts";

const ofTokens = ["notConfigured", "tokenMissing", "tokenRefused", "tokenInUrl", "tooManyRefusals"] as const;

/** What a door answers to those whom it does not let in. */
const refusals: Readonly<Record<Door, readonly ProblemCode[]>> = {
  anyone: ["tokenInUrl"],
  operator: [...ofTokens, "wrongDoor", "sessionOver", "foreignOrigin", "accessRefused", "accessUnavailable"],
  client: [...ofTokens, "wrongDoor", "tokenExpired"],
  slack: ["operatorBotOff", "slackNotSigned", "tokenInUrl", "tooManyRefusals", "bodyTooLarge"],
};

const securitySchemes = {
  adminToken: { type: "http", scheme: "bearer", description: "The operator's token: `./talaria env`." },
  clientToken: { type: "http", scheme: "bearer", description: "A client's token: `./talaria env`." },
  access: {
    type: "apiKey",
    in: "header",
    name: "Cf-Access-Jwt-Assertion",
    description: "Cloudflare Access puts it there, for whom its policies let through.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-talaria-session",
    description: "An operator's session in a browser, begun by a log-in with the admin token.",
  },
  slack: {
    type: "apiKey",
    in: "header",
    name: "X-Slack-Signature",
    description: "Slack signs what it sends, with `X-Slack-Request-Timestamp`. Each signature is taken once.",
  },
};

const security: Readonly<Record<Door, readonly Record<string, readonly string[]>[]>> = {
  anyone: [],
  operator: [{ adminToken: [] }, { access: [] }, { session: [] }],
  client: [{ clientToken: [] }],
  slack: [{ slack: [] }],
};

/** The error of /api and of everything else of ours. */
const errorSchema = z
  .object({
    error: z.object({
      code: z.string().meta({ description: "Which one of the registry: it stays the same." }),
      message: z.string().meta({ description: "What happened." }),
      next: z.string().meta({ description: "What to do." }),
    }),
  })
  .meta({ id: "Error", description: "What went wrong." });

/** The error of /v1, in OpenAI's shape. */
const openAiErrorSchema = z
  .object({
    error: z.looseObject({
      message: z.string(),
      type: z.string().nullish(),
      param: z.string().nullish(),
      code: z.union([z.string(), z.number()]).nullish(),
    }),
  })
  .meta({ id: "OpenAiError", description: "What went wrong, as OpenAI's clients expect it." });

const about = `What one bot answers to: its operator under \`/api\`, its clients under \`/v1\`.

Everything else under \`/v1\` is passed through to Hermes' API server as it comes (\`/v1/responses\`, \`/v1/runs\`, \`/v1/capabilities\` and
what a later Hermes adds), with the same door and the same errors in front of it.`;

export interface DocumentTerms {
  /** The bot's name. */
  readonly bot: string;
  readonly version: string;
}

/** The OpenAPI 3.1 document of a table of routes, but for where it is served. */
export function documentOf(routes: readonly Described[], { bot, version }: DocumentTerms): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    for (const [n, path] of [route.path, ...route.also].entries()) {
      paths[path] = { ...paths[path], [route.method]: operation(route, n) };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: bot,
      version,
      summary: "A Hermes Agent on Cloudflare.",
      description: about,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: { securitySchemes, schemas: namedSchemas() },
  };
}

/** `nth`: 0 under its own path, else under so many an other one. */
function operation(route: Described, nth: number): object {
  const { id, tag, does, door, quiet, path } = route;
  const sentences = [
    quiet && "Wakes nothing.",
    nth > 0 && `The same as \`${route.method.toUpperCase()} ${path}\`, by the name that earlier programs use.`,
  ].filter(Boolean);
  return {
    operationId: nth === 0 ? id : `${id}As${nth}`,
    tags: [tag],
    summary: does,
    ...(sentences.length > 0 && { description: sentences.join(" ") }),
    security: security[door],
    ...parametersOf(route),
    ...requestOf(route),
    responses: responsesOf(route),
  };
}

function parametersOf({ params, query, headers }: Described): object {
  const places = { path: params, query, header: headers };
  const parameters = Object.entries(places).flatMap(([place, object]) =>
    fieldsOf(object).map(({ name, required, schema: { description, ...schema } }) => {
      return { name, in: place, required, ...(description !== undefined && { description }), schema };
    }),
  );
  return parameters.length > 0 ? { parameters } : {};
}

function requestOf({ body, passesOn }: Described): object {
  const contents = passesOn ?? (body && { "application/json": body });
  if (contents === undefined) return {};
  const required = passesOn !== undefined || (body !== undefined && !body.safeParse({}).success);
  return { requestBody: { required, content: contentOf(contents) } };
}

function responsesOf(route: Described): Record<string, object> {
  return { [route.answer.status ?? 200]: responseOf(route.answer), ...errorsOf(route) };
}

function responseOf({ what, contents, headers }: Answer): object {
  const told = Object.entries(headers ?? {}).map(([name, description]) => {
    return [name, { description, schema: { type: "string" } }];
  });
  return {
    description: what,
    ...(told.length > 0 && { headers: Object.fromEntries(told) }),
    content: contentOf(contents),
  };
}

/** One answer a status, with all that it can mean. */
function errorsOf(route: Described): Record<string, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(route)) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = contentOf({ "application/json": route.door === "client" ? openAiErrorSchema : errorSchema });
  const told = [...byStatus].map(([status, codes]) => {
    const description = codes.map((code) => `\`${code}\`: ${problems[code].message}`).join("\n\n");
    const waits = status === 429 || status === 503;
    return [status, { description, ...(waits && { headers: retryAfter }), content }] as const;
  });
  return Object.fromEntries(told);
}

const retryAfter = { "retry-after": { description: "Seconds, where waiting helps.", schema: { type: "integer" } } };

function problemsOf({ door, params, query, headers, body, problems }: Described): Set<ProblemCode> {
  const isParsed = [query, headers, body].some((schema) => schema !== undefined);
  return new Set<ProblemCode>([
    ...refusals[door],
    ...(params === undefined ? [] : (["unknownPath"] as const)),
    ...(isParsed ? (["badRequest"] as const) : []),
    ...(body === undefined ? [] : (["bodyTooLarge"] as const)),
    ...problems,
  ]);
}

function contentOf(contents: Contents): Record<string, { schema: JsonSchema }> {
  const told = Object.entries(contents).map(([type, schema]) => [type, { schema: schema ? schemaOf(schema) : {} }]);
  return Object.fromEntries(told);
}
