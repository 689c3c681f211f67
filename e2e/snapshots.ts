/** A bot's snapshots, as an operator sees and uses them through the API. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { LocalSystem } from "./harness.ts";

const listSchema = z.object({
  current: z.string().nullable(),
  snapshots: z.array(z.looseObject({ id: z.string(), at: z.string(), reason: z.string(), verdict: z.string() })),
});
const startedSchema = z.looseObject({ run: z.string() });
const runSchema = z.looseObject({
  state: z.enum(["running", "ended"]),
  result: z.looseObject({ outcome: z.string() }).nullable(),
  died: z.string().nullable(),
});

/** How long a run may take on a loaded machine. */
const longestRunMs = 180_000;

/** The snapshots of a local system's bot. */
export class Snapshots {
  private readonly local: LocalSystem;

  constructor(local: LocalSystem) {
    this.local = local;
  }

  /** All of them, the newest first. */
  async all(): Promise<z.infer<typeof listSchema>> {
    return listSchema.parse(await (await this.local.api("/api/snapshots")).json());
  }

  /** Takes one and waits for its end. @throws Error when nothing was saved */
  async take(): Promise<void> {
    await this.toEnd("/api/snapshot", {}, ["made", "unchanged"]);
  }

  /** Goes back, or forward, to one. @throws Error when it fails */
  async restore(id: string): Promise<void> {
    await this.toEnd("/api/restore", { id }, ["done"]);
  }

  private async toEnd(route: string, body: object, good: readonly string[]): Promise<void> {
    const started = await this.local.api(route, { method: "POST", body: JSON.stringify(body) });
    if (!started.ok) throw new Error(`${route}: ${started.status} ${await started.text()}`);
    const { run } = startedSchema.parse(await started.json());
    for (const deadline = Date.now() + longestRunMs; ; await pause(1_000)) {
      const answer = await (await this.local.api(`/api/runs/${run}`)).json();
      const { state, result } = runSchema.parse(answer);
      if (state === "ended" && good.includes(result?.outcome ?? "")) return;
      if (state === "ended" || Date.now() > deadline) throw new Error(`${route}: ${JSON.stringify(answer)}`);
    }
  }
}
