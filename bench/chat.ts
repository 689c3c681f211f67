/** One chat with an OpenAI-compatible API, timed. */

/** Where to chat. */
export interface ChatEndpoint {
  /** Without `/v1`. */
  readonly url: string;
  readonly token: string;
}

/** Milliseconds since the request was begun. */
export interface ChatTimes {
  /** Until the first text of the answer; the same as `whole` for an answer in one piece. */
  readonly firstToken: number;
  readonly whole: number;
}

const firstText = /"content": ?"[^"]/;
let count = 0;

/** Each chat says something else, so that none continues another's session. @throws Error for an answer without text */
export async function chat({ url, token }: ChatEndpoint, { stream }: { readonly stream: boolean }): Promise<ChatTimes> {
  const began = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ stream, messages: [{ role: "user", content: `hello ${++count}` }] }),
  });
  const decoder = new TextDecoder();
  let text = "";
  let firstToken: number | undefined;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (firstToken === undefined && firstText.test(text)) firstToken = performance.now() - began;
  }
  const whole = performance.now() - began;
  if (response.ok && firstToken !== undefined) return { firstToken, whole };
  throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
}
