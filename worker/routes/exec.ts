import type { Context } from "hono";
import * as z from "zod";
import { BotError } from "../errors.ts";
import { poolOf } from "../exec/poolCall.ts";
import { terminalRequest } from "../exec/requests.ts";
import { askSession, sessionName } from "../exec/sessionCall.ts";
import { route } from "../openapi/route.ts";
import { auditAnswer, entriesAnswer, sessionsAnswer, writtenAnswer } from "./answers/exec.ts";
import type { App } from "./context.ts";
import { idSchema, jobRoutes } from "./jobRoutes.ts";

const params = z.object({ session: idSchema });
const filePath = z.string().meta({ description: "Below the workspace." });
const bytes = { "application/octet-stream": null };

const about = { tag: "exec", door: "operator" } as const;
const sessionProblems = ["execSessionUnknown", "execNoBox", "execFailed", "execBusy", "badRequest"] as const;
const fileProblems = [...sessionProblems, "execFileAbsent"] as const;
const session = "/api/exec/sessions/{session}";

/** What the operator sees of the agent's commands and does in their sandboxes. A session's sandbox starts where none runs. */
export const execRoutes = [
  route(
    {
      ...about,
      method: "get",
      path: "/api/audit",
      id: "audit",
      does: "the agent's commands",
      quiet: true,
      query: z.object({
        session: z.string().optional(),
        since: z.coerce.number().int().min(0).optional().meta({ description: "The `next` of an answer before." }),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
        wait: z.coerce.number().min(0).max(25).default(0).meta({ description: "Seconds until an empty answer." }),
      }),
      answer: { what: "The last rows, or those after `since`.", json: auditAnswer },
    },
    ({ query: { wait, ...query }, c }) => poolOf(c.env).audit(query, wait),
  ),
  route(
    {
      ...about,
      method: "get",
      path: "/api/exec/sessions",
      id: "sessions",
      does: "whose commands have a workspace",
      quiet: true,
      answer: { what: "All of them.", json: sessionsAnswer },
    },
    async ({ c }) => ({ sessions: await poolOf(c.env).sessions() }),
  ),
  route(
    {
      ...about,
      method: "get",
      path: `${session}/list`,
      id: "list",
      does: "what lies in a session's workspace",
      params,
      query: z.object({ path: filePath.default("") }),
      answer: { what: "A folder's entries.", json: entriesAnswer },
      problems: fileProblems,
    },
    ({ params, c }) => ask(c, params.session, "list"),
  ),
  route(
    {
      ...about,
      method: "get",
      path: `${session}/file`,
      id: "readFile",
      does: "a file in it",
      params,
      query: z.object({ path: filePath }),
      answer: { what: "Its content.", contents: bytes },
      problems: fileProblems,
    },
    ({ params, c }) => ask(c, params.session, "file"),
  ),
  route(
    {
      ...about,
      method: "put",
      path: `${session}/file`,
      id: "writeFile",
      does: "writes a file in it",
      params,
      query: z.object({ path: filePath }),
      passesOn: bytes,
      answer: { what: "It is written.", json: writtenAnswer },
      problems: fileProblems,
    },
    ({ params, c }) => ask(c, params.session, "file"),
  ),
  ...jobRoutes({
    tag: "exec",
    path: `${session}/jobs/{job}`,
    params: params.extend({ job: idSchema }),
    opens: { id: "openTerminal", does: "opens a terminal in it, a job like the agent's; one that is there stays" },
    reads: { id: "readTerminal", does: "its output from an offset" },
    ends: { id: "endTerminal", does: "kills all that runs in it" },
    types: { id: "type", does: "what is typed into it" },
    resizes: { id: "resize", does: "the size of its window" },
    order: terminalRequest,
    problems: [...sessionProblems, "execJobUnknown"],
    ask: (c, { session, job }, rest) => ask(c, session, `jobs/${job}${rest}`),
  }),
];

/** Passes a request on to a session that there is. @throws BotError `execSessionUnknown` */
async function ask({ env, req }: Context<App>, asked: string, route: string): Promise<Response> {
  const name = sessionName(asked);
  if (!(await poolOf(env).knows(name))) throw new BotError("execSessionUnknown", { session: name });
  return askSession(env, name, `/operator/${route}${new URL(req.url).search}`, req.raw);
}
