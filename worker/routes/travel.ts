import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { route } from "../openapi/route.ts";
import { outcomeOf } from "../outcome.ts";
import { archiveOf, sendArchive } from "../snapshots/archive.ts";
import { begunOnAnswer, importBegunAnswer, receivedAnswer } from "./answers/snapshots.ts";

const about = { tag: "travel", door: "operator", quiet: true } as const;

/** Archives of the memory, out of the bot and into it. */
export const travelRoutes = [
  route(
    {
      ...about,
      method: "post",
      path: "/api/export",
      id: "export",
      does: "begins to make an archive of a snapshot ready, of its memory unless one is named",
      body: z
        .object({
          id: z
            .string()
            .regex(/^[0-9a-f]{6,64}$/, "is not the id of a snapshot, or its first six digits or more")
            .optional(),
        })
        .meta({ id: "ExportOrder" }),
      answer: { status: 202, what: "It is begun.", json: begunOnAnswer },
      problems: ["nothingSaved", "snapshotUnknown", "snapshotAmbiguous", "runUnderWay", "careNotStarted"],
    },
    async ({ body, c }) => outcomeOf(await agentOf(c.env).export(body.id)),
  ),
  route(
    {
      ...about,
      method: "get",
      path: "/api/exports/{run}",
      id: "archive",
      does: "the archive of a run that is ready, a tar, once",
      params: z.object({ run: z.string().regex(/^export-[0-9a-f-]+$/) }),
      answer: {
        what: "Straight from the run's container. Whether it is whole is told by the SHA-256 in the run's result.",
        contents: { "application/x-tar": null },
      },
      problems: ["archiveAbsent"],
    },
    ({ params: { run }, c }) => archiveOf(c.env, run),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/import",
      id: "import",
      does: "stops it and begins to make a snapshot of a home from elsewhere; nothing is replaced by it",
      body: z
        .object({
          mode: z
            .enum(["replace", "merge"])
            .optional()
            .meta({ description: "Not needed by a bot that knows nothing." }),
          force: z.boolean().default(false).meta({ description: "Takes also what is older than the memory." }),
        })
        .meta({ id: "ImportOrder" }),
      answer: { status: 202, what: "It is begun, and waits for the home.", json: importBegunAnswer },
      problems: ["importMode", "importStrange", "runUnderWay", "unsaved", "careNotStarted"],
    },
    async ({ body, c }) => outcomeOf(await agentOf(c.env).import(body)),
  ),
  route(
    {
      ...about,
      method: "put",
      path: "/api/imports/{run}",
      id: "sendArchive",
      does: "that home, as a tar or zip, once, for a run that waits for it",
      params: z.object({ run: z.string().regex(/^import-[0-9a-f-]+$/) }),
      passesOn: { "application/octet-stream": null },
      answer: { what: "It arrived.", json: receivedAnswer },
      problems: ["archiveRefused"],
    },
    ({ params: { run }, c }) => sendArchive(c.env, run, c.req.raw),
  ),
];
