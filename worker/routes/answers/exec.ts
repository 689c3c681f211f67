import * as z from "zod";

export const auditAnswer = z
  .object({
    rows: z.array(
      z
        .object({
          seq: z.number(),
          at: z.string().meta({ description: "When it began, ISO 8601." }),
          session: z.string(),
          job: z.string(),
          kind: z.string().meta({
            description:
              "`terminal`: the model's own call; `tool`: a tool; `operator`: a shell or file; `act`: a request.",
          }),
          isolation: z.string(),
          box: z.string(),
          command: z.string().meta({ description: "Its first 200 bytes, secrets masked." }),
          exit: z.number().meta({ description: "Of an act, the HTTP status." }),
          seconds: z.number(),
          bytes: z.number().meta({ description: "All that it wrote." }),
          endedBy: z.string().meta({ description: "`exit`, `deadline`, `cancel`, `lost`, or `answer` of an act." }),
          by: z.string().nullable().meta({ description: "Who acted, such as `access:me@example.com`." }),
        })
        .meta({ id: "AuditRow" }),
    ),
    next: z.number().meta({ description: "Ask with it as `since` for what comes after." }),
  })
  .meta({ id: "Audit", description: "Oldest first." });

export const sessionsAnswer = z
  .object({
    sessions: z.array(
      z.object({
        session: z.string(),
        lastCommandAt: z.string(),
        commands: z.number(),
        boxes: z.array(z.string()).meta({ description: "The containers that it uses now." }),
      }),
    ),
  })
  .meta({ id: "Sessions", description: "The last used first." });

export const entriesAnswer = z
  .object({
    entries: z.array(
      z.object({
        name: z.string(),
        type: z.enum(["file", "directory", "link", "other"]),
        bytes: z.number(),
        modified: z.number().meta({ description: "Seconds since 1970." }),
      }),
    ),
  })
  .meta({ id: "Entries" });

export const writtenAnswer = z.object({ bytes: z.number() }).meta({ id: "Written" });

export const placedAnswer = z
  .object({
    state: z.enum(["running", "done"]),
    workspace: z.string(),
    notices: z.array(z.string()).meta({ description: "Sentences for whoever reads its output." }),
  })
  .meta({ id: "Placed", description: "How a job stands." });

export const cancelledAnswer = z
  .object({ survivors: z.number().meta({ description: "Processes that could not be killed; their container goes." }) })
  .meta({ id: "Cancelled" });

export const typedAnswer = z
  .object({ next: z.number().meta({ description: "Where the input stands now, bytes." }) })
  .meta({ id: "Typed" });
