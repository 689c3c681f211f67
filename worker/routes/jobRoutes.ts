import type { Context } from "hono";
import * as z from "zod";
import type { ProblemCode } from "../errors.ts";
import { idForm, readQuery, terminalRequest } from "../exec/requests.ts";
import { type Route, route, type Tag } from "../openapi/route.ts";
import { cancelledAnswer, placedAnswer, typedAnswer } from "./answers/exec.ts";
import type { App } from "./context.ts";

const bytes = { "application/octet-stream": null };
/** Form of a session's and of a job's id. */
export const idSchema = z.string().regex(new RegExp(`^${idForm}$`));

/** Where jobs are, and what is done with a request about one. */
export interface JobsPlace<P extends z.ZodObject> {
  readonly tag: Tag;
  /** Path of a job, with `{job}` in it. */
  readonly path: string;
  readonly params: P;
  /** Operation ids, and what the document says of each route. */
  readonly opens: Named;
  readonly reads: Named;
  readonly ends: Named;
  readonly types: Named;
  readonly resizes: Named;
  /** Body of a start. */
  readonly order: z.ZodType;
  readonly problems: readonly ProblemCode[];
  /** Passes it on; `rest` comes after the job's path. */
  readonly ask: (c: Context<App>, params: z.output<P>, rest: "" | "/input" | "/window") => Promise<Response>;
}

interface Named {
  readonly id: string;
  readonly does: string;
}

/** A job that an operator starts, follows and types into: known by its id, its output and its input by offset, so that each request may be sent again. */
export function jobRoutes<P extends z.ZodObject>(place: JobsPlace<P>): Route[] {
  const { tag, path, params, opens, reads, ends, types, resizes, order, problems, ask } = place;
  const about = { tag, door: "operator", params, problems } as const;
  return [
    route(
      {
        ...about,
        ...opens,
        method: "put",
        path,
        passesOn: { "application/json": order },
        answer: { what: "How it stands.", json: placedAnswer },
      },
      ({ params, c }) => ask(c, params, ""),
    ),
    route(
      {
        ...about,
        ...reads,
        method: "get",
        path,
        query: readQuery,
        answer: {
          what: "What there is, raw.",
          contents: bytes,
          headers: {
            "x-job-state": "`running` or `done`.",
            "x-job-next": "The offset to ask for next.",
            "x-job-exit": "Its exit code, once the output was read to its end.",
            "x-job-ended-by": "`exit`, `deadline`, `cancel` or `lost`, likewise.",
          },
        },
      },
      ({ params, c }) => ask(c, params, ""),
    ),
    route(
      { ...about, ...ends, method: "delete", path, answer: { what: "It is over.", json: cancelledAnswer } },
      ({ params, c }) => ask(c, params, ""),
    ),
    route(
      {
        ...about,
        ...types,
        method: "post",
        path: `${path}/input`,
        query: z.object({
          offset: z.coerce.number().int().min(0).default(0).meta({ description: "Bytes typed before." }),
          end: z.enum(["0", "1"]).optional().meta({ description: "1: an end-of-file follows." }),
        }),
        passesOn: bytes,
        answer: { what: "It is taken.", json: typedAnswer },
      },
      ({ params, c }) => ask(c, params, "/input"),
    ),
    route(
      {
        ...about,
        ...resizes,
        method: "post",
        path: `${path}/window`,
        passesOn: { "application/json": terminalRequest.shape.tty },
        answer: { what: "It has that size.", json: z.object({}).meta({ id: "Done" }) },
      },
      ({ params, c }) => ask(c, params, "/window"),
    ),
  ];
}
