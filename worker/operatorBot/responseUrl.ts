/** Where a command or a button is answered later. Slack names the address, so it is looked at before it is followed. */

/** Hosts of Slack's own response URLs. */
const slackHosts = new Set(["hooks.slack.com", "hooks.slack-gov.com"]);
/** Slack takes a post for thirty minutes; one on its way may come late. */
export const livesMs = 29 * 60_000;
/** Posts that Slack takes at one. */
export const mostPosts = 5;
const patienceMs = 10_000;

/** Whether it is Slack's own, or, with a Slack on loopback, that one's. */
export function isSlacks(responseUrl: string, slackApi: string): boolean {
  if (!URL.canParse(responseUrl)) return false;
  const { protocol, host, origin, username, password } = new URL(responseUrl);
  if (username !== "" || password !== "") return false;
  if (protocol === "https:" && slackHosts.has(host)) return true;
  const api = new URL(slackApi);
  return ["127.0.0.1", "localhost", "[::1]"].includes(api.hostname) && origin === api.origin;
}

/** How a post went: `refused` for good, such as a URL that is too old; `failed` where Slack was not heard. */
export type Posted = { readonly outcome: "told" } | { readonly outcome: "refused" | "failed"; readonly reason: string };

/** Posts to a response URL that {@link isSlacks}. */
export async function postTo(responseUrl: string, message: object): Promise<Posted> {
  const signal = AbortSignal.timeout(patienceMs);
  const headers = { "content-type": "application/json; charset=utf-8" };
  const body = JSON.stringify({ response_type: "ephemeral", replace_original: false, ...message });
  try {
    const answer = await fetch(responseUrl, { method: "POST", headers, body, redirect: "manual", signal });
    const said = (await answer.text()).slice(0, 200);
    if (answer.status === 200) return { outcome: "told" };
    return { outcome: answer.status >= 500 ? "failed" : "refused", reason: `HTTP ${answer.status} ${said}`.trim() };
  } catch (error) {
    return { outcome: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}
