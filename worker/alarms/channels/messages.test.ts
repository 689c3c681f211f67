import { describe, expect, it } from "vitest";
import { type Entry, withTried } from "../book.ts";
import { type Notice, noticeOf } from "../notice.ts";
import { email } from "./email.ts";
import { slack } from "./slack.ts";

const since = Date.parse("2026-11-21T12:00:00Z");
const origin = { bot: "talaria-prod", stack: "prod" };

function deafness(over: boolean): Notice {
  const times = { since, firstSeenAt: since, raisedAt: since, goneAt: over ? since + 720_000 : null };
  const what = "The bot does not hear slack: <!channel> & more";
  const entry: Entry = {
    id: 7,
    code: "chatDeaf",
    about: "slack",
    what,
    ...times,
    looks: 3,
    flaps: 1,
    tried: [],
    told: [],
  };
  const tried = { at: new Date(since).toISOString(), what: "a new gateway", outcome: "ready after 12 seconds" };
  const book = withTried({ raised: 7, entries: [entry], past: [] }, entry, tried);
  return noticeOf({ kind: over ? "resolved" : "raised", entry: book.entries[0] ?? entry }, origin, since + 720_000);
}

describe("a notice", () => {
  it("says what happened, since when, what was tried, and what to type", () => {
    const { text, id } = deafness(false);
    expect(id).toBe("talaria-prod.7.raised");
    expect(text).toContain("ALARM talaria-prod: The bot does not hear slack");
    expect(text).toContain("Since 2026-11-21 12:00 UTC");
    expect(text).toContain("a new gateway: ready after 12 seconds");
    expect(text).toMatch(/Type: \.\/talaria restart --gateway --stack prod$/);
  });

  it("says at the end how long it took, and what mended it", () => {
    const { text } = deafness(true);
    expect(text).toContain("It lasted 12 minutes, from 2026-11-21 12:00 UTC to 2026-11-21 12:12 UTC");
    expect(text).toContain("It came back once meanwhile.");
    expect(text).toContain("What was done last: a new gateway: ready after 12 seconds.");
  });
});

describe("the Slack channel", () => {
  it("posts as the operator's bot, and nothing of the text becomes a mention", async () => {
    const posted: object[] = [];
    await slack({ api: { postMessage: async (post) => void posted.push(post) }, channel: "C012AB3CD" }).tell(
      deafness(false),
    );
    const sent = JSON.stringify(posted);
    expect(posted).toMatchObject([{ channel: "C012AB3CD", blocks: [{ type: "section" }] }]);
    expect(sent).toContain("&lt;!channel&gt; &amp; more");
    expect(sent).not.toContain("<!channel>");
    expect(sent).toContain("`./talaria restart --gateway --stack prod`");
  });
});

describe("the e-mail", () => {
  it("is a plain text with a subject of one line", async () => {
    const sent: unknown[] = [];
    const send = async (message: unknown) => {
      sent.push(message);
      return { messageId: "1" };
    };
    const channel = email({ sender: { send }, from: "bot@example.com", to: "ada@example.com" });
    const notice = deafness(false);
    await channel.tell({ ...notice, title: `${notice.title}\r\nBcc: evil@example.com` });
    expect(sent).toMatchObject([{ to: "ada@example.com", from: { email: "bot@example.com" }, text: notice.text }]);
    const [{ subject } = { subject: "" }] = sent as { subject: string }[];
    expect(subject).toMatch(/^\[ALARM\] talaria-prod: [^\r\n]*$/);
  });

  it("says why Cloudflare did not send it", async () => {
    const send = () => Promise.reject(new Error("destination address is not verified"));
    const told = email({ sender: { send }, from: "bot@example.com", to: "ada@example.com" }).tell(deafness(true));
    await expect(told).rejects.toThrow(
      "did not send the e-mail to ada@example.com: destination address is not verified",
    );
  });
});
