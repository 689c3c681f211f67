/** Takes a bot's alarms as a webhook does, and says how long after a fault each came. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { closed, listening } from "../local/listening.ts";

const noticeSchema = z.looseObject({
  type: z.templateLiteral(["alarm.", z.enum(["raised", "resolved", "summary", "test"])]),
  text: z.string(),
  data: z.looseObject({
    id: z.string(),
    code: z.string().nullable(),
    about: z.string(),
    next: z.string().nullable(),
    tried: z.array(z.object({ at: z.string(), what: z.string(), outcome: z.string() })),
  }),
});
/** A notice, and when it came (milliseconds since the epoch). */
export type Received = z.infer<typeof noticeSchema>["data"] & { readonly kind: string; readonly at: number };

export class AlarmReceiver {
  /** Each notice once, oldest first. */
  readonly notices: Received[] = [];
  private readonly server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { type, data } = noticeSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
    const kind = type.slice("alarm.".length);
    if (!this.notices.some(({ id }) => id === data.id)) this.notices.push({ ...data, kind, at: Date.now() });
    response.writeHead(204).end();
  });

  static async start(): Promise<AlarmReceiver> {
    const receiver = new AlarmReceiver();
    await listening(receiver.server);
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/alarms-of-a-test`;
  }

  /** The notice of a cause, as soon as it is there; the first so many do not count. @throws Error with all that came when it does not come */
  async got(kind: "raised" | "resolved", code: string, seconds: number, after = 0): Promise<Received> {
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await pause(100)) {
      const found = this.notices.slice(after).find((notice) => notice.kind === kind && notice.code === code);
      if (found !== undefined) return found;
    }
    throw new Error(`${code} was not ${kind} after ${seconds} s; there came: ${this.told().join(", ") || "nothing"}`);
  }

  /** What came, as `kind code about`. */
  told(): string[] {
    return this.notices.map(({ kind, code, about }) => `${kind} ${code} ${about}`.trim());
  }

  close(): Promise<void> {
    return closed(this.server);
  }
}
