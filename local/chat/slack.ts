/**
 * A Slack on loopback, as strict as Slack: 200 with `ok: false` and an error's code, scopes in headers, unknown methods refused.
 * It keeps what it was asked and what a person would read, and does what a person does: types commands, presses buttons.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { closed, listening } from "../listening.ts";
import type { Blocks } from "./slackBlocks.ts";
import { type HookAnswer, SlackHooks } from "./slackHooks.ts";
import { fails, type Posted, type SlackAnswer, type SlackMethod, slackMethods } from "./slackMethods.ts";
import { type Asked, argumentsOf, jsonOf, send, textOf } from "./slackRequest.ts";
import { actionForm, commandForm, type Doing, signed } from "./slackSigner.ts";
import {
  operatorApp,
  operatorUser,
  opsChannel,
  type SlackApp,
  type SlackChannel,
  type SlackUser,
  type SlackWorkspace,
  smallWorkspace,
} from "./slackWorkspace.ts";

/** How long Slack waits for an app's answer to a command or a button. */
const patienceMs = 3_000;

/** One request to the Web API. No token in it. */
export interface SlackCall {
  readonly method: string;
  /** Whose token; null for none that is known. */
  readonly app: string | null;
  readonly args: Readonly<Record<string, unknown>>;
  readonly answer: SlackAnswer;
}

/** What a person reads, and by which way it came. */
export interface SlackMessage {
  readonly via: "answer" | "response_url" | "chat.postMessage";
  readonly app: string;
  readonly channel: string;
  /** Who alone reads it; undefined for a whole channel. */
  readonly user: string | undefined;
  readonly text: string;
  readonly blocks: Blocks;
  /** Whether it takes the place of the message with the button. */
  readonly replaces: boolean;
}

/** How an app answered a command or a button. */
export interface SlackReply {
  readonly status: number;
  readonly text: string;
  /** Milliseconds until the whole answer was there. */
  readonly ms: number;
  /** Slack shows `operation_timeout` to the person. */
  readonly timedOut: boolean;
  /** Where the app may answer later. */
  readonly responseUrl: string;
}

/** Who does something. @default the operator, in #ops, with the operator app */
export interface By {
  readonly app?: SlackApp;
  readonly user?: SlackUser;
  readonly channel?: SlackChannel;
}

export interface RunningSlack {
  /** Base of the Web API, `http://127.0.0.1:PORT/api`: what `https://slack.com/api` is. */
  readonly url: string;
  readonly workspace: SlackWorkspace;
  /** Oldest first. */
  readonly calls: readonly SlackCall[];
  readonly messages: readonly SlackMessage[];
  /** Types `command text`; the request goes to `requestUrl`, which the app's manifest names. */
  command(requestUrl: string, command: string, text: string, by?: By): Promise<SlackReply>;
  /** Presses a button. */
  press(
    requestUrl: string,
    action: { readonly action_id: string; readonly value?: string },
    by?: By,
  ): Promise<SlackReply>;
  /** A new response URL. */
  responseUrl(kind: "commands" | "actions", by?: By): string;
  /** Ages a response URL beyond its thirty minutes. */
  expire(responseUrl: string): void;
  /** Answers the next call of a method with this error; `ratelimited` as a 429. */
  failNext(method: string, error: string): void;
  close(): Promise<void>;
}

export interface SlackOptions {
  /** @default {@link smallWorkspace} */
  readonly workspace?: SlackWorkspace;
  /** @default 0, any free port */
  readonly port?: number;
}

/** Starts it on 127.0.0.1 and resolves when it listens. */
export async function startSlack({ workspace = smallWorkspace, port = 0 }: SlackOptions = {}): Promise<RunningSlack> {
  const slack = new Slack(workspace);
  const server = createServer((request, response) => {
    slack.serve(request, response).catch(() => response.destroy()); // the client went away while its body was read
  });
  slack.origin = `http://127.0.0.1:${await listening(server, port)}`;
  return {
    url: `${slack.origin}/api`,
    workspace,
    calls: slack.calls,
    messages: slack.messages,
    command: (requestUrl, command, text, by) =>
      slack.send("commands", requestUrl, by, (d) => commandForm(d, command, text)),
    press: (requestUrl, action, by) => slack.send("actions", requestUrl, by, (doing) => actionForm(doing, action)),
    responseUrl: (kind, by) => slack.responseUrl(kind, by),
    expire: (responseUrl) => slack.hooks.expire(new URL(responseUrl).pathname),
    failNext: (method, error) => slack.failures.push({ method, error }),
    close: () => closed(server),
  };
}

class Slack {
  origin = "";
  readonly calls: SlackCall[] = [];
  readonly messages: SlackMessage[] = [];
  readonly hooks = new SlackHooks();
  readonly failures: { method: string; error: string }[] = [];
  private readonly workspace: SlackWorkspace;
  private count = 0;

  constructor(workspace: SlackWorkspace) {
    this.workspace = workspace;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.origin);
    const body = await textOf(request);
    if (/^\/(commands|actions)\//.test(pathname)) {
      this.answerHook(response, this.hooks.answer(pathname, jsonOf(body)));
      return;
    }
    const [, method] = /^\/api\/([\w.]+)$/.exec(pathname) ?? [];
    if (method === undefined) send(response, 404, fails("unknown_path"));
    else this.answerCall(response, method, argumentsOf(request, searchParams, body));
  }

  responseUrl(kind: "commands" | "actions", by: By = {}): string {
    const { app = operatorApp, user = operatorUser, channel = opsChannel } = by;
    return this.origin + this.hooks.make(kind, this.workspace.team, { app, user: user.id, channel: channel.id });
  }

  /** Does what a person does: Slack sends the app a signed request and shows what it answers. */
  async send(
    kind: "commands" | "actions",
    requestUrl: string,
    by: By = {},
    form: (doing: Doing) => string,
  ): Promise<SlackReply> {
    const { app = operatorApp, user = operatorUser, channel = opsChannel } = by;
    const { team, domain } = this.workspace;
    const responseUrl = this.responseUrl(kind, by);
    const trigger = `${++this.count}.${Date.now()}.abcdef`;
    const { headers, body } = signed(app, form({ app, team, domain, user, channel, responseUrl, trigger }));
    const started = performance.now();
    const answer = await fetch(requestUrl, { method: "POST", headers, body, redirect: "manual" });
    const text = await answer.text();
    const ms = Math.round(performance.now() - started);
    // What answers a button is shown nowhere.
    if (answer.status === 200 && kind === "commands") this.show(text, app, channel.id, user.id);
    return { status: answer.status, text, ms, timedOut: ms > patienceMs, responseUrl };
  }

  private show(text: string, app: SlackApp, channel: string, user: string): void {
    const said = answerSchema.safeParse(jsonOf(text)).data ?? { text, blocks: [], response_type: "ephemeral" as const };
    if (said.text === "" && said.blocks.length === 0) return;
    const reader = said.response_type === "in_channel" ? undefined : user;
    this.messages.push({
      via: "answer",
      app: app.name,
      channel,
      user: reader,
      text: said.text,
      blocks: said.blocks,
      replaces: false,
    });
  }

  private answerHook(response: ServerResponse, { status, error, post }: HookAnswer): void {
    if (post === undefined) {
      send(response, status, fails(error ?? "invalid_payload"));
      return;
    }
    const { app, channel, user, text, blocks, isPublic, replaces } = post;
    const reader = isPublic ? undefined : user;
    this.messages.push({ via: "response_url", app: app.name, channel, user: reader, text, blocks, replaces });
    response.writeHead(200, { "content-type": "text/plain" }).end("ok");
  }

  private answerCall(response: ServerResponse, name: string, { token, args, problem, warning }: Asked): void {
    const app = this.workspace.apps.find(
      ({ botToken, appToken }) => token !== undefined && [botToken, appToken].includes(token),
    );
    const method = slackMethods[name];
    const isAppToken = app !== undefined && app.appToken === token;
    const granted = isAppToken ? (app.appScopes ?? []) : (app?.botScopes ?? []);
    const failure = this.failures.findIndex((one) => one.method === name);
    const [ordered] = failure < 0 ? [] : this.failures.splice(failure, 1);
    const refusal = problem ?? ordered?.error ?? refusalOf(method, token, app, isAppToken, granted);
    const answer =
      typeof refusal === "string"
        ? fails(refusal, refusal === "unknown_method" ? { req_method: name } : {})
        : (refusal ?? this.act(method, app, isAppToken, args));
    const whole =
      warning === undefined || !answer.ok ? answer : { ...answer, warning, response_metadata: { warnings: [warning] } };
    this.calls.push({ method: name, app: app?.name ?? null, args, answer: whole });
    const headers = {
      ...(app && { "x-oauth-scopes": granted.join(",") }),
      ...(method && method.scopes.length > 0 && { "x-accepted-oauth-scopes": method.scopes.join(",") }),
      ...(refusal === "ratelimited" && { "retry-after": "1" }),
    };
    send(response, refusal === "ratelimited" ? 429 : 200, whole, headers);
  }

  private act(
    method: SlackMethod | undefined,
    app: SlackApp | undefined,
    isAppToken: boolean,
    args: Asked["args"],
  ): SlackAnswer {
    if (method === undefined || app === undefined) return fails("fatal_error");
    const seconds = Math.floor(Date.now() / 1000);
    return method.act({
      workspace: this.workspace,
      app,
      isAppToken,
      args,
      nextTs: () => `${seconds}.${String(++this.count).padStart(6, "0")}`,
      post: (message) => this.posted(message),
      socketUrl: ({ id }) => `${this.origin.replace("http", "ws")}/link/?ticket=${id}-${++this.count}`,
    });
  }

  private posted({ app, channel, user, text, blocks }: Posted): void {
    this.messages.push({ via: "chat.postMessage", app: app.name, channel, user, text, blocks, replaces: false });
  }
}

/** Why a call is refused before its method looks at it. */
function refusalOf(
  method: SlackMethod | undefined,
  token: string | undefined,
  app: SlackApp | undefined,
  isAppToken: boolean,
  granted: readonly string[],
): string | SlackAnswer | undefined {
  if (method === undefined) return "unknown_method";
  if (token === undefined) return "not_authed";
  if (app === undefined) return "invalid_auth";
  if (method.token !== "any" && (method.token === "app") !== isAppToken) return "not_allowed_token_type";
  if (method.scopes.length === 0 || method.scopes.some((scope) => granted.includes(scope))) return undefined;
  return fails("missing_scope", { needed: method.scopes.join(","), provided: granted.join(",") });
}

const answerSchema = z.object({
  text: z.string().default(""),
  blocks: z.custom<Blocks>((value) => Array.isArray(value)).default([]),
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral"),
});
