import type { Context } from "hono";
import * as z from "zod";
import { BotError } from "../errors.ts";
import { askSession, poolOf, sessionName } from "../exec/call.ts";
import { idForm, readQuery, terminalRequest } from "../exec/requests.ts";
import { route } from "../openapi/route.ts";
import {
  auditAnswer,
  cancelledAnswer,
  entriesAnswer,
  placedAnswer,
  sessionsAnswer,
  typedAnswer,
  writtenAnswer,
} from "./answers/exec.ts";
import type { App } from "./context.ts";

const id = z.string().regex(new RegExp(`^${idForm}$`));
const params = z.object({ session: id });
const jobParams = params.extend({ job: id });
const filePath = z.string().meta({ description: "Below the workspace." });
const bytes = { "application/octet-stream": null };

const about = { tag: "exec", door: "operator" } as const;
const sessionProblems = ["execSessionUnknown", "execNoBox", "execFailed", "execBusy", "badRequest"] as const;
const fileProblems = [...sessionProblems, "execFileAbsent"] as const;
const jobProblems = [...sessionProblems, "execJobUnknown"] as const;
const session = "/api/exec/sessions/{session}";
const job = `${session}/jobs/{job}`;

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
  route(
    {
      ...about,
      method: "put",
      path: job,
      id: "openTerminal",
      does: "opens a terminal in it, a job like the agent's; one that is there stays",
      params: jobParams,
      passesOn: { "application/json": terminalRequest },
      answer: { what: "How it stands.", json: placedAnswer },
      problems: jobProblems,
    },
    ({ params, c }) => ask(c, params.session, `jobs/${params.job}`),
  ),
  route(
    {
      ...about,
      method: "get",
      path: job,
      id: "readTerminal",
      does: "its output from an offset",
      params: jobParams,
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
      problems: jobProblems,
    },
    ({ params, c }) => ask(c, params.session, `jobs/${params.job}`),
  ),
  route(
    {
      ...about,
      method: "delete",
      path: job,
      id: "endTerminal",
      does: "kills all that runs in it",
      params: jobParams,
      answer: { what: "It is over.", json: cancelledAnswer },
      problems: jobProblems,
    },
    ({ params, c }) => ask(c, params.session, `jobs/${params.job}`),
  ),
  route(
    {
      ...about,
      method: "post",
      path: `${job}/input`,
      id: "type",
      does: "what is typed into it",
      params: jobParams,
      query: z.object({
        offset: z.coerce.number().int().min(0).default(0).meta({ description: "Bytes typed before." }),
        end: z.enum(["0", "1"]).optional().meta({ description: "1: an end-of-file follows." }),
      }),
      passesOn: bytes,
      answer: { what: "It is taken.", json: typedAnswer },
      problems: jobProblems,
    },
    ({ params, c }) => ask(c, params.session, `jobs/${params.job}/input`),
  ),
  route(
    {
      ...about,
      method: "post",
      path: `${job}/window`,
      id: "resize",
      does: "the size of its window",
      params: jobParams,
      passesOn: { "application/json": terminalRequest.shape.tty },
      answer: { what: "It has that size.", json: z.object({}).meta({ id: "Done" }) },
      problems: jobProblems,
    },
    ({ params, c }) => ask(c, params.session, `jobs/${params.job}/window`),
  ),
];

/** Passes a request on to a session that there is. @throws BotError `execSessionUnknown` */
async function ask({ env, req }: Context<App>, asked: string, route: string): Promise<Response> {
  const name = sessionName(asked);
  if (!(await poolOf(env).knows(name))) throw new BotError("execSessionUnknown", { session: name });
  return askSession(env, name, `/operator/${route}${new URL(req.url).search}`, req.raw);
}
