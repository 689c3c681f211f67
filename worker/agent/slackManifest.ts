import * as z from "zod";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Gateway } from "./gateway.ts";
import type { RecordStorage } from "./record.ts";

const keptSchema = z.object({ hermes: z.string(), text: z.string() });

export interface SlackManifestParts {
  readonly gateway: Pick<Gateway, "slackManifest">;
  readonly storage: RecordStorage;
  readonly log: Log;
}

/** The manifest of a Slack app that fits Hermes: its commands change with its version, so it is kept from a start on and asked for without waking. */
export class SlackManifest {
  private readonly parts: SlackManifestParts;

  constructor(parts: SlackManifestParts) {
    this.parts = parts;
  }

  /** JSON text. @throws BotError `slackManifestUnknown` before the first start */
  get text(): string {
    const { kept } = this;
    if (kept === undefined) throw new BotError("slackManifestUnknown");
    return kept.text;
  }

  /** Asks a bot that has just become ready, where what is kept is another version's. A failure is logged; the next start asks again. */
  async keep(hermes: string): Promise<void> {
    const { gateway, storage, log } = this.parts;
    if (this.kept?.hermes === hermes) return;
    try {
      storage.put("slackManifest", { hermes, text: await gateway.slackManifest() });
    } catch (error) {
      log("warn", "Hermes gave no Slack manifest", { reason: reasonOf(error) });
    }
  }

  private get kept(): z.infer<typeof keptSchema> | undefined {
    return keptSchema.safeParse(this.parts.storage.get("slackManifest")).data;
  }
}
