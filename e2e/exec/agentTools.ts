/** The tools of the real Hermes, called through a chat with the canned model, as a user's model calls them. */
import { z } from "zod";
import type { LocalSystem } from "../harness.ts";

const completionSchema = z.looseObject({
  choices: z.array(z.looseObject({ message: z.looseObject({ content: z.string() }) })),
});
const terminalSchema = z.looseObject({
  output: z.string(),
  exit_code: z.number().nullable(),
  error: z.string().nullish(),
});
const auditSchema = z.object({
  rows: z.array(
    z.looseObject({
      session: z.string(),
      job: z.string(),
      kind: z.string(),
      isolation: z.string(),
      box: z.string().nullable(),
      command: z.string(),
      exit: z.number().nullable(),
      endedBy: z.string().nullable(),
    }),
  ),
  next: z.union([z.string(), z.number()]),
});
/** How a command of the model's terminal ended. */
export type Terminal = z.infer<typeof terminalSchema>;
export type AuditRow = z.infer<typeof auditSchema>["rows"][number];

/** Hermes with the canned model on a local system. */
export class AgentTools {
  private readonly local: LocalSystem;
  /** Of Hermes, and so of Exec. */
  readonly session: string;

  constructor(local: LocalSystem, session: string) {
    this.local = local;
    this.session = session;
  }

  /** What a tool returned, as the model is given it. @throws Error when the chat fails */
  async call(name: string, args: object): Promise<string> {
    const response = await this.begin(name, args, { signal: AbortSignal.timeout(240_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`a chat that calls ${name} answered ${response.status}: ${text}`);
    return completionSchema.parse(JSON.parse(text)).choices[0]?.message.content ?? "";
  }

  /** Begins a chat whose only purpose is that call. */
  begin(name: string, args: object, options: { readonly signal: AbortSignal; readonly stream?: boolean }) {
    const { signal, stream = false } = options;
    const content = `TOOL ${name} ${JSON.stringify(args)}`;
    const body = JSON.stringify({ model: "hermes-agent", stream, messages: [{ role: "user", content }] });
    const headers = { "x-hermes-session-id": this.session };
    return this.local.client("/v1/chat/completions", { method: "POST", body, signal, headers });
  }

  /** A tool whose result is JSON. */
  async json(name: string, args: object): Promise<Record<string, unknown>> {
    const text = await this.call(name, args);
    try {
      return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    } catch (error) {
      throw new Error(`${name} did not return an object: ${text.slice(0, 2000)}`, { cause: error });
    }
  }

  /** A command in the foreground. */
  async run(command: string, options: object = {}): Promise<Terminal> {
    return terminalSchema.parse(await this.json("terminal", { command, ...options }));
  }

  /** Rows of the audit, the oldest first, of every session unless one is named. */
  async audit(session?: string): Promise<readonly AuditRow[]> {
    const query = session === undefined ? "" : `&session=${session}`;
    const response = await this.local.api(`/api/audit?limit=1000${query}`);
    if (!response.ok) throw new Error(`audit: ${response.status} ${await response.text()}`);
    return auditSchema.parse(await response.json()).rows;
  }
}
