/** What the canned model answers: a pure function of the request and of the time. */
import type { Answer, Conversation, Message } from "./conversation.ts";
import { type Fault, faultIn } from "./faults.ts";
import { recalled } from "./recall.ts";

/** What to do with one request. */
export interface Decision {
  readonly answer: Answer;
  readonly fault: Fault | undefined;
  /** A call that Hermes makes for itself (the title of a session): never a fault, never a tool. */
  readonly auxiliary: boolean;
}

/** Longest echo, in characters. */
const longestEcho = 8000;

/** Decides the answer. Commands count only in the last user message, each at the start of a line. */
export function decide(conversation: Conversation, now: Date): Decision {
  if (isTitleRequest(conversation))
    return { answer: say('{"title": "Canned session"}'), fault: undefined, auxiliary: true };
  const { asked, results } = lastTurn(conversation.messages);
  const fault = faultIn(asked);
  if (results.length > 0) return { answer: say(results.join("\n")), fault, auxiliary: false };
  const text = recalled(asked, conversation.messages) ?? `echo: ${asked.trim().slice(0, longestEcho)}`;
  return { answer: toolCall(asked, conversation.tools, now) ?? say(text), fault, auxiliary: false };
}

/** The last user message, and what tools returned since. */
export function lastTurn(messages: readonly Message[]): { asked: string; results: string[] } {
  const index = messages.findLastIndex((message) => message.role === "user");
  const after = messages.slice(index + 1).filter((message) => message.role === "tool");
  return { asked: messages[index]?.text ?? "", results: after.map((message) => message.text) };
}

/** The call that a message asks for, if the caller offers that tool. */
function toolCall(text: string, offered: readonly string[], now: Date): Answer | undefined {
  const run = /^RUN +(.+)$/m.exec(text)?.[1];
  if (run !== undefined) return call(offered, ["terminal"], { command: run.trim() });

  const fact = /^REMEMBER +(.+)$/m.exec(text)?.[1];
  if (fact !== undefined) return call(offered, ["memory"], { action: "add", target: "memory", content: fact.trim() });

  const [, amount, unit, prompt] = /^SCHEDULE +(\d+)(s|m|h|d)? +(.+)$/m.exec(text) ?? [];
  if (amount !== undefined && prompt !== undefined) {
    const schedule = unit === "s" ? inSeconds(now, Number(amount)) : `in ${amount}${unit ?? "m"}`;
    return call(offered, ["cronjob_manage", "cronjob"], { action: "create", schedule, prompt: prompt.trim() });
  }

  const [, name, json] = /^TOOL +([\w.:-]+) +(\{.*\}) *$/m.exec(text) ?? [];
  if (name !== undefined && json !== undefined && isJson(json)) return call(offered, [name], json);
  return undefined;
}

/** Hermes counts durations in whole minutes; seconds need a point in time. */
function inSeconds(now: Date, seconds: number): string {
  return new Date(now.getTime() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "+00:00");
}

/** Calls the first of `names` that is offered; Hermes may keep a tool behind its `tool_call` bridge. */
function call(offered: readonly string[], names: readonly string[], args: object | string): Answer | undefined {
  const text = typeof args === "string" ? args : JSON.stringify(args);
  const name = names.find((candidate) => offered.includes(candidate));
  if (name !== undefined) return { kind: "tool", name, arguments: text };
  const [first] = names;
  if (first === undefined || !offered.includes("tool_call")) return undefined;
  return { kind: "tool", name: "tool_call", arguments: `{"name":${JSON.stringify(first)},"arguments":${text}}` };
}

function isTitleRequest(conversation: Conversation): boolean {
  if (conversation.schemaName === "session_title") return true;
  return conversation.messages.some(
    (message) => message.role === "system" && message.text.includes('Reply with JSON only: {"title": "..."}'),
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function say(text: string): Answer {
  return { kind: "text", text };
}
