/** A shell in a sandbox: what is typed goes there in order, what it shows comes back, each by its offset. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Client } from "./client.ts";
import { inputSchema, jobHeader } from "./execApi.ts";
import type { Output } from "./output.ts";
import { CliError } from "./problems.ts";
import type { WindowSize } from "./rawTerminal.ts";
import { repeatedly } from "./repeating.ts";

/** How long the bot holds a question while the shell shows nothing, seconds. */
const waitSeconds = 25;
/** Bytes that one request carries. */
const mostTyped = 65_536;
/** Between two words to a shell whose input has ended: a program that began meanwhile may have taken the first for its own. */
const endAgainMs = 1000;

/** How a shell ended. */
export interface ShellEnd {
  readonly exit: number;
  /** `exit`, `deadline`, `cancel` or `lost`. */
  readonly endedBy: string;
}

/** What is started. Without a terminal nothing can be typed later. */
export interface ShellOrder {
  readonly tty?: WindowSize | undefined;
  /** Arguments of a program, where it is no shell. */
  readonly argv?: readonly string[];
  /** Which program. @default hermes */
  readonly program?: "hermes" | "codex";
  /** All that it can read, in base64; not with a terminal. */
  readonly stdin?: string;
}

/** One shell, known by the route of its job. Every request may be sent again: the sandbox knows it by id or offset. */
export class RemoteShell {
  private readonly bot: Client;
  private readonly output: Output;
  private readonly route: string;
  private typed: Buffer[] = [];
  private typing: Promise<void> | undefined;
  private inputOffset = 0;
  private readonly over = new AbortController();

  /** @param jobs the route below which it gets an id that is new */
  constructor(bot: Client, output: Output, jobs: string) {
    this.bot = bot;
    this.output = output;
    this.route = `${jobs}/operator-${randomUUID().replaceAll("-", "")}`;
  }

  /** Starts it; a sandbox that rests is started for it. */
  async start(order: ShellOrder): Promise<void> {
    const call = { method: "PUT", path: this.route, body: order } as const;
    await repeatedly(this.output, () => this.bot.api(call, z.unknown()));
  }

  /** Takes what was typed. @param failed hears why it could not be passed on */
  type(data: Buffer, failed: (error: unknown) => void): void {
    this.typed.push(data);
    this.typing ??= this.pass().then(
      () => {
        this.typing = undefined;
      },
      (error: unknown) => {
        if (!this.over.signal.aborted) failed(error);
      },
    );
  }

  /** Nothing more will be typed: says so until the shell has ended. */
  async endInput(): Promise<void> {
    while (!this.over.signal.aborted) {
      await this.typing;
      await this.send(Buffer.alloc(0), "&end=1");
      await sleep(endAgainMs, undefined, { signal: this.over.signal }).catch(() => {}); // it has ended
    }
  }

  /** The window has another size. Where that is not heard, the next change tells. */
  async resize(size: WindowSize): Promise<void> {
    const call = { method: "POST", path: `${this.route}/window`, body: size } as const;
    await repeatedly(this.output, () => this.bot.api(call, z.unknown()), this.over.signal);
  }

  /** Shows what comes until the shell has ended. */
  async show(write: (bytes: Uint8Array) => Promise<void>): Promise<ShellEnd> {
    for (let offset = 0; ; ) {
      const { bytes, headers } = await repeatedly(this.output, () => this.read(offset), this.over.signal);
      await write(bytes);
      offset = Number(headers.get(jobHeader.next) ?? offset + bytes.length);
      const exit = headers.get(jobHeader.exit);
      if (exit === null) continue;
      this.over.abort();
      return { exit: Number(exit), endedBy: headers.get(jobHeader.endedBy) ?? "exit" };
    }
  }

  /** Ends it with all that it has started. */
  async cancel(): Promise<void> {
    await repeatedly(this.output, () => this.bot.api({ method: "DELETE", path: this.route }, z.unknown()));
  }

  private async read(offset: number): Promise<{ bytes: Uint8Array; headers: Headers }> {
    const path = `${this.route}?offset=${offset}&wait=${waitSeconds}`;
    const response = await this.bot.send({ method: "GET", path, token: "admin", signal: this.over.signal });
    const bytes = await response.bytes().catch((error: unknown) => {
      throw new CliError("cutOff", { detail: String(error) });
    });
    return { bytes, headers: response.headers };
  }

  /** Sends what has been typed, in order; what was not taken is sent again. */
  private async pass(): Promise<void> {
    while (this.typed.length > 0 && !this.over.signal.aborted) {
      const all = Buffer.concat(this.typed);
      this.typed = [];
      for (let left = all; left.length > 0 && !this.over.signal.aborted; ) {
        left = left.subarray(await this.send(left.subarray(0, mostTyped)));
      }
    }
  }

  /** @returns how many of these bytes were taken */
  private async send(bytes: Buffer, query = ""): Promise<number> {
    const from = this.inputOffset;
    const { value } = await repeatedly(
      this.output,
      () =>
        this.bot.api(
          {
            method: "POST",
            path: `${this.route}/input?offset=${from}${query}`,
            bytes,
            headers: { "content-type": "application/octet-stream" },
            signal: this.over.signal,
          },
          inputSchema,
        ),
      this.over.signal,
    );
    const taken = Math.max(0, Math.min(bytes.length, value.next - from));
    this.inputOffset = from + taken;
    return taken;
  }
}
