/** What the canned model knows of a request and of its answer, whichever API they travel in. */

/** One message, reduced to what the script looks at. */
export interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  /** All text parts, joined by newlines. */
  readonly text: string;
}

/** A request for an answer. */
export interface Conversation {
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly Message[];
  /** Names of the tools that the caller offers. */
  readonly tools: readonly string[];
  /** Name of the JSON schema that the answer must follow, when the caller asks for one. */
  readonly schemaName: string | undefined;
}

/** What the model says: text, or one call of a tool. */
export type Answer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tool"; readonly name: string; readonly arguments: string };

/** Tokens, counted by {@link countTokens}. */
export interface Usage {
  readonly prompt: number;
  readonly completion: number;
}

/** An answer on its way out. */
export interface Reply {
  /** Unique per request and the same for the same sequence of requests. */
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly answer: Answer;
  readonly usage: Usage;
}

/** One token for every four characters, rounded up: the same text costs the same on every machine. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Usage of one exchange: all messages and tool names in, the answer out. */
export function usageOf(conversation: Conversation, answer: Answer): Usage {
  const prompt = [...conversation.messages.map((message) => message.text), ...conversation.tools];
  return {
    prompt: prompt.reduce((sum, text) => sum + countTokens(text), 0),
    completion: countTokens(answer.kind === "text" ? answer.text : answer.name + answer.arguments),
  };
}

/** Cuts text into the pieces of a stream: words with the white space that follows them. */
export function piecesOf(text: string): string[] {
  return text.match(/\s*\S+\s?/g) ?? [];
}
