/** The program that runs commands in an Exec container (`container/exec/talaria_exec`), as the objects here ask it. */
import * as z from "zod";
import { reasonOf } from "../errors.ts";
import { type Box, BoxUnreachable } from "../sandbox/box.ts";
import type { DeclaredWorkspace } from "./declaredWorkspace.ts";
import { pause, within } from "./waiting.ts";

/** How it is started in a container, and where it listens there. */
export interface SupervisorProgram {
  readonly port: number;
  /** Comes back while the program runs on. What that writes stays with the container, not in the memory of the SDK's server. */
  readonly startCommand: string;
}

const inExec: SupervisorProgram = {
  port: 3500,
  startCommand: 'talaria-exec serve </dev/null >>"$TMPDIR/talaria-exec.log" 2>&1 &',
};
const startCommandWithinMs = 20_000;
const startsWithinMs = 60_000;
const pollMs = 40;
/** The SDK's start can hang where the platform has no container to give. */
const containerWithinMs = 150_000;
/** Beyond what a request itself may take. */
const answersWithinMs = 20_000;
const packWithinMs = 300_000;

const healthAnswer = z.object({ workspace: z.string() });
const packAnswer = z.object({
  pack: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  files: z.number(),
  deleted: z.number(),
  mark: z.string(),
});
const unpackAnswer = z.object({ files: z.number(), deleted: z.number(), mark: z.string() });
const declareAnswer = z.object({
  outcomes: z.array(
    z.object({ path: z.string(), what: z.string(), beside: z.string().nullable(), reason: z.string().nullable() }),
  ),
  mark: z.string(),
});
const tooLarge = z.object({ bytes: z.number(), limitBytes: z.number() });

/** A packed workspace, or what changed in one. `mark`: what changes later is told from it. */
export type Pack = z.infer<typeof packAnswer>;
/** A pack on its way out of its container. Whoever has it reads `body` or cancels it. */
export type SentPack = Pack & { readonly body: ReadableStream<Uint8Array> };
/** What became of each declared document, and the workspace's mark after it. */
export type Declaring = z.infer<typeof declareAnswer>;
export type Unpacked = z.infer<typeof unpackAnswer>;

/** A job as the supervisor takes it. */
export interface SupervisedJob {
  readonly command: string;
  readonly stdin: string | null;
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineSeconds: number;
  readonly outputBytes: number;
  readonly tty: { readonly rows: number; readonly cols: number } | null;
  /** Its input comes while it runs; it ends when nobody has read from it for so many seconds. Absent: its input came with its start. */
  readonly feed?: number;
}

/** A workspace is larger than what may leave its container. */
export class WorkspaceTooLarge extends Error {
  override readonly name = "WorkspaceTooLarge";
  /** Its size when packed, as far as it was packed. */
  readonly bytes: number;

  constructor(bytes: number) {
    super(`the workspace is larger than may be kept (${bytes} bytes packed)`);
    this.bytes = bytes;
  }
}

/** It answered, and did not do what was asked. */
export class SupervisorRefused extends Error {
  override readonly name = "SupervisorRefused";
  readonly status: number;

  constructor(status: number, what: string) {
    super(`the sandbox answered HTTP ${status} to ${what}`);
    this.status = status;
  }
}

/** The supervisor of one container, of Exec unless another program is named. Every request to it has an end. */
export class Supervisor {
  readonly name: string;
  private readonly box: Box;
  private readonly program: SupervisorProgram;

  constructor(name: string, box: Box, program: SupervisorProgram = inExec) {
    this.name = name;
    this.box = box;
    this.program = program;
  }

  /** Starts container and program unless they answer; where the workspace is. A second start, beside another one, is the same start. */
  async start(): Promise<string> {
    let health = await this.health();
    if ("workspace" in health) return health.workspace;
    const begun = this.box.run(this.program.startCommand, { timeoutMs: startCommandWithinMs });
    await within(containerWithinMs, begun, "the container did not start");
    for (const until = Date.now() + startsWithinMs; Date.now() < until; ) {
      health = await this.health();
      if ("workspace" in health) return health.workspace;
      await pause(pollMs);
    }
    throw new Error(`its supervisor did not answer within ${startsWithinMs / 1_000} seconds: ${health.failure}`);
  }

  isRunning(): Promise<boolean> {
    return this.box.isRunning();
  }

  /** Whether it is gone for good, as it stands now. */
  async isGone(): Promise<boolean> {
    try {
      const answer = await this.ask("/health", {});
      await answer.body?.cancel();
      return false;
    } catch (error) {
      return isGone(this, error);
    }
  }

  /** Ends the container and its disk. */
  destroy(): Promise<void> {
    return this.box.destroy();
  }

  /** Starts a job, or nothing if the id is known there. */
  async startJob(id: string, job: SupervisedJob): Promise<void> {
    await this.expect(`/jobs/${id}`, { method: "PUT", body: JSON.stringify(job) });
  }

  /** A job's output from an offset, with its state in headers. 404 where the job is not known. */
  readJob(id: string, { offset, wait, limit }: { offset: number; wait: number; limit: number }): Promise<Response> {
    return this.ask(`/jobs/${id}?offset=${offset}&wait=${wait}&limit=${limit}`, {}, answersWithinMs + wait * 1_000);
  }

  /** Kills a job's whole tree. How many of its processes live on. */
  async cancelJob(id: string): Promise<number> {
    const answer = await this.expect(`/jobs/${id}`, { method: "DELETE" });
    return z.object({ survivors: z.number() }).parse(await answer.json()).survivors;
  }

  /** Removes what the container keeps of an ended job. */
  async forgetJob(id: string): Promise<void> {
    const answer = await this.ask(`/jobs/${id}/forget`, { method: "POST" });
    await answer.body?.cancel();
  }

  /** Packs the workspace, or what changed in it since a mark. @throws WorkspaceTooLarge */
  async pack(sinceMark: string | null, limitBytes: number): Promise<SentPack> {
    const route = "/workspace/pack?send=1";
    const init = { method: "POST", body: JSON.stringify({ sinceMark, limitBytes }) };
    const answer = await this.ask(route, init, packWithinMs);
    if (answer.status === 413) throw new WorkspaceTooLarge(tooLarge.parse(await answer.json()).bytes);
    const { headers, body } = await whole(route, answer);
    if (body === null) throw new Error("a pack has no content");
    return { ...packAnswer.parse(JSON.parse(headers.get("x-pack") ?? "null")), body };
  }

  async dropPack(pack: string): Promise<void> {
    await this.expect(`/packs/${pack}`, { method: "DELETE" });
  }

  /** Applies a pack, once its content is what its SHA-256 (hex) promises. `replaces`: nothing else stays. */
  async unpack(
    body: ReadableStream<Uint8Array>,
    { bytes, sha256, replaces }: { bytes: number; sha256: string; replaces: boolean },
  ): Promise<Unpacked> {
    const route = `/workspace/unpack${replaces ? "?replace=1" : ""}`;
    const init = { method: "POST", body: ofLength(body, bytes), headers: { "x-sha256": sha256 } };
    const answer = await whole(route, await this.ask(route, init, packWithinMs));
    return unpackAnswer.parse(await answer.json());
  }

  /** Brings the workspace to the documents and the folder that are declared; the agent's edits stay by the rule there. */
  async declare(workspace: DeclaredWorkspace): Promise<Declaring> {
    const init = { method: "PUT", body: JSON.stringify(workspace) };
    return declareAnswer.parse(await (await this.expect("/workspace/documents", init)).json());
  }

  /** Any request. @throws BoxUnreachable when nothing was sent, Error when no answer came */
  ask(route: string, init: RequestInit, withinMs: number = answersWithinMs): Promise<Response> {
    const answer = this.box.fetch(this.program.port, new Request(`http://exec${route}`, init));
    return within(withinMs, answer, "the sandbox did not answer");
  }

  private async health(): Promise<{ workspace: string } | { failure: string }> {
    try {
      return healthAnswer.parse(await (await this.expect("/health", {})).json());
    } catch (error) {
      return { failure: reasonOf(error) };
    }
  }

  private async expect(route: string, init: RequestInit): Promise<Response> {
    return whole(route, await this.ask(route, init));
  }
}

/** Whether a box is gone for good, as an error of asking it tells: its container ended, or nothing listens in it. */
export async function isGone(box: Supervisor, error: unknown): Promise<boolean> {
  return error instanceof BoxUnreachable || !(await box.isRunning());
}

async function whole(route: string, answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  throw new SupervisorRefused(answer.status, `${route}: ${(await answer.text()).slice(0, 300)}`);
}

/** The same stream, of a length that HTTP and R2 can tell beforehand. Whoever reads it hears when it breaks. */
export function ofLength(body: ReadableStream<Uint8Array>, bytes: number): ReadableStream<Uint8Array> {
  return body.pipeThrough(new FixedLengthStream(bytes));
}
