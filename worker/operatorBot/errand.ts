/** What is done for somebody in Slack after the answer: kept in the Agent's storage until it is done and told. */
import * as z from "zod";
import type { KeyStorage } from "../storage.ts";
import { askedSchema } from "./asked.ts";

/** How the bot was before an act, and what the act began: by it an object that was reset knows whether it has happened. */
const traceSchema = z.object({
  /** The life of the container; null: none. */
  boot: z.string().nullable(),
  /** The gateway's process. */
  process: z.string().nullable(),
  /** A run that the act has begun. */
  run: z.string().nullable(),
});
export type Trace = z.infer<typeof traceSchema>;

const endSchema = z.object({
  text: z.string(),
  blocks: z.array(z.custom<object>((value) => typeof value === "object" && value !== null)),
  /** What the audit has of it: the status that the API would have answered. */
  status: z.number(),
});
export type ErrandEnd = z.infer<typeof endSchema>;

const errandSchema = z.object({
  asked: askedSchema,
  /** Milliseconds since the epoch. */
  keptAt: z.number(),
  /** Before it began; null: it did not begin. */
  trace: traceSchema.nullable(),
  /** What came of it; null: it is under way. */
  end: endSchema.nullable(),
  /** Posts to its response URL. */
  posts: z.number(),
  /** Whether whoever asked was told, or cannot be. */
  toldAt: z.number().nullable(),
});
export type Errand = z.infer<typeof errandSchema>;

const prefix = "errand:";
/** One that was told is known for so long, so that the same request makes no second one. */
const keptMs = 3_600_000;

/** The errands of a bot. */
export class Errands {
  private readonly storage: KeyStorage;
  private readonly now: () => number;

  constructor(storage: KeyStorage, now: () => number) {
    this.storage = storage;
    this.now = now;
  }

  /** Those that somebody still waits for. */
  get open(): Errand[] {
    return this.all().filter(({ toldAt }) => toldAt === null);
  }

  find(id: string): Errand | undefined {
    return errandSchema.safeParse(this.storage.get(prefix + id)).data;
  }

  put(errand: Errand): Errand {
    this.storage.put(prefix + errand.asked.id, errand);
    return errand;
  }

  /** Changes one that is there. */
  change(id: string, change: Partial<Omit<Errand, "asked">>): Errand {
    const errand = this.find(id);
    if (errand === undefined) throw new Error(`there is no errand ${id}`);
    return this.put({ ...errand, ...change });
  }

  /** Forgets what was told long ago. */
  sweep(): void {
    for (const { asked, toldAt } of this.all()) {
      if (toldAt !== null && this.now() - toldAt > keptMs) this.storage.delete(prefix + asked.id);
    }
  }

  private all(): Errand[] {
    const found = [...this.storage.list({ prefix })];
    return found.flatMap(([, value]) => errandSchema.safeParse(value).data ?? []);
  }
}
