/** Response URLs: where an app answers a command or a button later. They live thirty minutes and take five posts. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Blocks } from "./slackBlocks.ts";
import { messageBlocks } from "./slackMethods.ts";
import type { SlackApp } from "./slackWorkspace.ts";

const lifeMs = 30 * 60_000;
const mostPosts = 5;

const postSchema = z.strictObject({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral"),
  replace_original: z.boolean().default(false),
  delete_original: z.boolean().default(false),
  thread_ts: z.string().optional(),
});

interface Hook {
  readonly app: SlackApp;
  readonly channel: string;
  readonly user: string;
  readonly madeAt: number;
  readonly posts: number;
}

/** What was posted to one. */
export interface HookPost {
  readonly app: SlackApp;
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly blocks: Blocks;
  readonly isPublic: boolean;
  readonly replaces: boolean;
}

/** What a response URL answers: Slack says "ok" in plain text, or JSON with an error. */
export type HookAnswer = { readonly status: number; readonly error?: string; readonly post?: HookPost };

export class SlackHooks {
  private readonly hooks = new Map<string, Hook>();

  /** The path of a new one. */
  make(kind: "commands" | "actions", team: string, of: Pick<Hook, "app" | "channel" | "user">): string {
    const path = `/${kind}/${team}/${this.hooks.size + 1_000}/${randomBytes(12).toString("hex")}`;
    this.hooks.set(path, { ...of, madeAt: Date.now(), posts: 0 });
    return path;
  }

  /** Ages one beyond its life. */
  expire(path: string): void {
    const hook = this.hooks.get(path);
    if (hook === undefined) throw new Error(`There is no response URL ${path}.`);
    this.hooks.set(path, { ...hook, madeAt: Date.now() - lifeMs - 1 });
  }

  answer(path: string, body: unknown): HookAnswer {
    const hook = this.hooks.get(path);
    if (hook === undefined) return { status: 404, error: "no_service" };
    if (Date.now() - hook.madeAt > lifeMs) return { status: 404, error: "expired_url" };
    if (hook.posts >= mostPosts) return { status: 404, error: "used_url" };
    const parsed = postSchema.safeParse(body);
    const blocks = parsed.success ? messageBlocks(parsed.data.blocks) : undefined;
    if (!parsed.success) return { status: 400, error: "invalid_payload" };
    if (blocks === undefined) return { status: 400, error: "invalid_blocks" };
    const { text = "", response_type, replace_original, delete_original } = parsed.data;
    if (text === "" && blocks.length === 0 && !delete_original) return { status: 400, error: "no_text" };
    this.hooks.set(path, { ...hook, posts: hook.posts + 1 });
    const { app, channel, user } = hook;
    const isPublic = response_type === "in_channel";
    return { status: 200, post: { app, channel, user, text, blocks, isPublic, replaces: replace_original } };
  }
}
