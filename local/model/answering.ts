/** One request for an answer, from its body to the last byte of the response. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type Conversation, type Reply, usageOf } from "./conversation.ts";
import type { Dialect, Failure } from "./dialect.ts";
import type { Fault } from "./faults.ts";
import type { LedgerEntry, Outcome } from "./ledger.ts";
import { decide, lastTurn } from "./script.ts";

/** Largest body that is read, in bytes. */
const largestBody = 64 * 1024 * 1024;

/** What the server knows beside the request. */
export interface Context {
  /** True when the key may pass. */
  readonly accepts: (key: string | undefined) => boolean;
  /** True the first time that it sees this text. */
  readonly firstTime: (text: string) => boolean;
  /** Id of the next reply. */
  readonly nextId: () => string;
}

/** What the ledger wants to know of the request; time and duration are added by the server. */
export type Served = Omit<LedgerEntry, "at" | "ms">;

/** Serves one request in one dialect and says what happened. */
export async function serve(
  dialect: Dialect,
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<Served> {
  const blank: Served = {
    api: dialect.name,
    model: null,
    stream: false,
    status: 0,
    outcome: "refused",
    fault: null,
    tool: null,
    offeredTools: 0,
    auxiliary: false,
    promptTokens: 0,
    completionTokens: 0,
  };
  const refuse = (failure: Failure, known: Partial<Served> = {}): Served => {
    const { status, body } = dialect.refuse(failure);
    sendJson(response, status, body, failure.kind === "rateLimited" ? { "retry-after": "1" } : {});
    return { ...blank, ...known, status };
  };

  const body = await readJson(request);
  if (!context.accepts(dialect.keyOf(request.headers))) return refuse({ kind: "refusedKey" });
  if (!body.ok) return refuse({ kind: "badRequest", message: body.problem });
  const conversation = dialect.read(body.value, request.headers);
  if (typeof conversation === "string") return refuse({ kind: "badRequest", message: conversation });

  const decision = decide(conversation, new Date());
  const { model, stream, tools } = conversation;
  const fault = activeFault(decision.fault, conversation, context);
  const auxiliary = decision.auxiliary;
  const known = { model, stream, fault: fault?.word ?? null, offeredTools: tools.length, auxiliary };
  const failure = failureOf(fault, conversation);
  if (failure !== undefined) return refuse(failure, known);

  const answer: Answer = fault?.word === "empty" ? { kind: "text", text: "" } : decision.answer;
  const usage = usageOf(conversation, answer);
  const reply: Reply = { id: context.nextId(), model, created: Math.floor(Date.now() / 1000), answer, usage };
  const outcome = await send(dialect, reply, stream, fault, response);
  return {
    ...blank,
    ...known,
    status: 200,
    outcome,
    tool: answer.kind === "tool" ? answer.name : null,
    promptTokens: usage.prompt,
    completionTokens: usage.completion,
  };
}

/** A fault that asks for `once` spares the second request with the same message. */
function activeFault(fault: Fault | undefined, conversation: Conversation, context: Context): Fault | undefined {
  if (fault?.once !== true) return fault;
  return context.firstTime(lastTurn(conversation.messages).asked) ? fault : undefined;
}

function failureOf(fault: Fault | undefined, { model }: Conversation): Failure | undefined {
  if (/(^|\/)unknown/.test(model)) return { kind: "unknownModel", model };
  switch (fault?.word) {
    case "429":
      return { kind: "rateLimited" };
    case "500":
      return { kind: "broken" };
    case "refused-key":
      return { kind: "refusedKey" };
    case "no-credit":
      return { kind: "noCredit" };
    case "unknown-model":
      return { kind: "unknownModel", model };
    default:
      return undefined;
  }
}

async function send(
  dialect: Dialect,
  reply: Reply,
  stream: boolean,
  fault: Fault | undefined,
  response: ServerResponse,
): Promise<Outcome> {
  const left = new AbortController();
  response.once("close", () => left.abort());
  const pause = async (seconds: number) => {
    await sleep(seconds * 1000, undefined, { signal: left.signal }).catch(() => {}); // aborted: the caller looks at `left`
  };

  const whole = stream ? dialect.stream(reply) : [JSON.stringify(dialect.whole(reply))];
  const frames = whole.map((frame) => withUsage(frame, fault));
  const headers = stream
    ? { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" }
    : { "content-type": "application/json", "content-length": String(Buffer.byteLength(frames.join(""))) };
  response.writeHead(200, headers);
  response.flushHeaders();
  if (fault?.word === "slow") await pause(fault.seconds);

  const middle = Math.floor(frames.length / 2);
  for (const [index, frame] of frames.entries()) {
    if (left.signal.aborted) return "client left";
    if (fault?.word === "cut" && index === middle) {
      response.write(frame.slice(0, frame.length / 2), () => response.destroy());
      return "cut";
    }
    response.write(frame);
    if (fault?.word === "drip") await pause(fault.seconds / frames.length);
  }
  if (left.signal.aborted) return "client left";
  response.end();
  return "answered";
}

/** A frame with what the fault makes of the tokens that it reports. */
function withUsage(frame: string, fault: Fault | undefined): string {
  if (fault?.word !== "no-usage" && fault?.word !== "wrong-usage") return frame;
  const wrong = { prompt_tokens: -1, completion_tokens: -1, input_tokens: -1, output_tokens: -1 };
  const said = fault.word === "no-usage" ? null : wrong;
  return frame.replaceAll(/"usage":\{(?:[^{}]|\{[^{}]*\})*\}/g, `"usage":${JSON.stringify(said)}`);
}

type Body = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

async function readJson(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
  }
  if (size > largestBody) return { ok: false, problem: `The body is larger than ${largestBody} bytes.` };
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch {
    return { ok: false, problem: "We could not parse the JSON body of your request." };
  }
}

/** Sends a JSON answer with its length. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
    ...headers,
  });
  response.end(text);
}
