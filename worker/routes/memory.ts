import * as z from "zod";
import { agentOf } from "../agent/call.ts";
import { route } from "../openapi/route.ts";
import { outcomeOf } from "../outcome.ts";
import { begunAnswer, begunOnAnswer, runAnswer, snapshotsAnswer } from "./answers/snapshots.ts";

const snapshotId = z
  .string()
  .regex(/^[0-9a-f]{6,64}$/, "is not the id of a snapshot, or its first six digits or more")
  .meta({ description: "The id of a snapshot, or the beginning of it." });
const force = z.boolean().default(false).meta({ description: "Goes on where what is cannot be saved." });
const restoreBody = z.object({ id: snapshotId, force }).meta({ id: "RestoreOrder" });
/** What becomes of a snapshot that is named. */
const unknownSnapshot = ["snapshotUnknown", "snapshotAmbiguous"] as const;

const about = { tag: "memory", door: "operator" } as const;
const begun = { status: 202, what: "It is begun.", json: begunAnswer } as const;
const begunOn = { status: 202, what: "It is begun.", json: begunOnAnswer } as const;

/** The bot's memory: saved, looked at, taken back. What takes long answers with a run. */
export const memoryRoutes = [
  route(
    {
      ...about,
      method: "post",
      path: "/api/snapshot",
      id: "snapshot",
      does: "begins to save its memory",
      body: z
        .object({ trustShrunk: z.boolean().default(false).meta({ description: "A home that shrank is right." }) })
        .meta({ id: "SnapshotOrder" }),
      answer: begun,
      problems: ["nothingToSave", "unsaved", "runUnderWay"],
    },
    async ({ body, c }) => outcomeOf(await agentOf(c.env).snapshot(body.trustShrunk)),
  ),
  route(
    {
      ...about,
      method: "get",
      path: "/api/snapshots",
      id: "snapshots",
      does: "what is saved",
      quiet: true,
      answer: { what: "All that it keeps.", json: snapshotsAnswer },
    },
    ({ c }) => agentOf(c.env).snapshots(),
  ),
  route(
    {
      ...about,
      method: "get",
      path: "/api/snapshots/diff",
      id: "diff",
      does: "begins to compare two of them",
      quiet: true,
      query: z.object({ from: snapshotId, to: snapshotId }),
      answer: begun,
      problems: [...unknownSnapshot, "runUnderWay", "careNotStarted"],
    },
    async ({ query: { from, to }, c }) => outcomeOf(await agentOf(c.env).diff(from, to)),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/restore",
      id: "restore",
      does: "begins to make a snapshot its memory again; what is, is saved first",
      body: restoreBody,
      answer: begunOn,
      problems: [...unknownSnapshot, "runUnderWay"],
    },
    async ({ body: { id, force }, c }) => outcomeOf(await agentOf(c.env).restore(id, force, true)),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/rollback",
      id: "rollback",
      does: "the same, and leaves it stopped: another image may come before it starts",
      body: restoreBody,
      answer: begunOn,
      problems: [...unknownSnapshot, "runUnderWay"],
    },
    async ({ body: { id, force }, c }) => outcomeOf(await agentOf(c.env).restore(id, force, false)),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/start-fresh",
      id: "startFresh",
      does: "begins to give it an empty memory; what is, is saved first, and stays",
      body: z
        .object({ bot: z.string().meta({ description: "This bot's name, as a proof of what is meant." }), force })
        .meta({ id: "StartFreshOrder" }),
      answer: begun,
      problems: ["otherBot", "runUnderWay"],
    },
    async ({ body: { bot, force }, c }) => outcomeOf(await agentOf(c.env).startFresh(bot, force)),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/drill",
      id: "drill",
      does: "begins to prove that its memory restores, in a container of its own",
      quiet: true,
      answer: begun,
      problems: ["nothingSaved", "runUnderWay", "careNotStarted"],
    },
    async ({ c }) => outcomeOf(await agentOf(c.env).drill()),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/care",
      id: "care",
      does: "begins to tidy what is saved, by the policy",
      quiet: true,
      answer: begun,
      problems: ["nothingSaved", "runUnderWay", "careNotStarted"],
    },
    async ({ c }) => outcomeOf(await agentOf(c.env).care()),
  ),
  route(
    {
      ...about,
      method: "get",
      path: "/api/runs/{run}",
      id: "run",
      does: "how far a run is, or how it ended",
      quiet: true,
      params: z.object({ run: z.string() }),
      answer: { what: "The run.", json: runAnswer },
      problems: ["runUnknown"],
    },
    async ({ params: { run }, c }) => outcomeOf(await agentOf(c.env).run(run)),
  ),
];
