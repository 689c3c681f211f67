/** The recorded exchanges of the real server, as `server.wire.json` has them. */
import fs from "node:fs";
import { z } from "zod";

const stream = z.object({
  endedBy: z.enum(["server", "client"]),
  events: z.array(z.record(z.string(), z.unknown())),
});

const exchange = z.object({
  group: z.string(),
  name: z.string(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
    rawBody: z.string().optional(),
    clientClosesAfterMs: z.number().optional(),
  }),
  answer: z.object({
    none: z.boolean().optional(),
    status: z.number().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    cors: z.boolean().optional(),
    body: z.unknown().optional(),
    text: z.string().optional(),
    stream: stream.optional(),
  }),
  elapsedMs: z.number().optional(),
});

/** One recorded exchange. */
export type Exchange = z.infer<typeof exchange>;

/** All exchanges, in the order in which they were sent. */
export function readRecording(): readonly Exchange[] {
  const text = fs.readFileSync(new URL("../server.wire.json", import.meta.url), "utf8");
  return z.object({ exchanges: z.array(exchange) }).parse(JSON.parse(text)).exchanges;
}

/** Replaces texts everywhere in an exchange, in keys of no object but in every string. */
export function rewrite(exchange_: Exchange, replace: (text: string) => string): Exchange {
  return exchange.parse(rewriteValue(exchange_, replace));
}

function rewriteValue(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((item) => rewriteValue(item, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rewriteValue(item, replace)]));
}
