/** What the canned model remembers: nothing but the prompt that it was sent, as any model. */
import type { Message } from "./conversation.ts";

/** A question that only a memory answers. */
const question = /^What is (?<thing>.{1,80}?) called\?\s*$/m;

/**
 * Answers "What is my dog called?" from "My dog is called Gus" in a system prompt, the last one where there are several.
 * Undefined for any other message.
 */
export function recalled(asked: string, messages: readonly Message[]): string | undefined {
  const thing = question.exec(asked)?.groups?.thing;
  if (thing === undefined) return undefined;
  const prompt = messages
    .filter(({ role }) => role === "system")
    .map(({ text }) => text)
    .join("\n");
  const told = new RegExp(`${escaped(thing)} is called ([^\\s.,;!?"]+)`, "gi");
  const name = [...prompt.matchAll(told)].at(-1)?.[1];
  return name === undefined ? `I do not know what ${thing} is called.` : `It is called ${name}.`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
