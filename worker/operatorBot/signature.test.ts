import { describe, expect, it } from "vitest";
import { signed } from "../../local/chat/slackSigner.ts";
import { refusalOf } from "./signature.ts";

const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";
const now = 1_531_420_618;
const form = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&text=%C3%A9%20%F0%9F%A6%8A";

async function refusal(
  given: { at?: number; sent?: string; secret?: string } = {},
  changed: Record<string, string | undefined> = {},
): Promise<string | null> {
  const { at = now, sent = form, secret = signingSecret } = given;
  const { headers } = signed({ signingSecret: secret }, form, at);
  const all: Record<string, string | undefined> = { ...headers, ...changed };
  const parts = {
    timestamp: all["x-slack-request-timestamp"],
    signature: all["x-slack-signature"],
    body: new TextEncoder().encode(sent),
  };
  return refusalOf(parts, signingSecret, now * 1_000);
}

describe("Slack's signature", () => {
  it("is taken as Slack's own example has it", async () => {
    const body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const parts = {
      timestamp: "1531420618",
      signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
      body: new TextEncoder().encode(body),
    };
    expect(await refusalOf(parts, signingSecret, now * 1_000)).toBeNull();
  });

  it("is taken up to five minutes either way, and not after", async () => {
    for (const [at, isTaken] of [
      [now, true],
      [now - 300, true],
      [now + 300, true],
      [now - 301, false],
      [now + 301, false],
    ] as const) {
      expect([at - now, (await refusal({ at })) === null]).toEqual([at - now, isTaken]);
    }
  });

  it("is refused with another secret, over another body, or under another time", async () => {
    expect(await refusal({ secret: "another" })).toBe("its signature is wrong");
    expect(await refusal({ sent: `${form}&text=restore` })).toBe("its signature is wrong");
    expect(await refusal({}, { "x-slack-request-timestamp": String(now + 1) })).toBe("its signature is wrong");
  });

  it("is refused where anything of it is missing, or has another form", async () => {
    const { headers } = signed({ signingSecret }, form, now);
    const right = headers["x-slack-signature"] ?? "";
    for (const signature of [undefined, "", "v0=", right.toUpperCase(), right.replace("v0=", "v1="), `${right}0`]) {
      expect([signature, await refusal({}, { "x-slack-signature": signature })]).toEqual([
        signature,
        "it has no signature",
      ]);
    }
    for (const at of [undefined, "", "now", "1e9", "-1", "0x1"]) {
      expect([at, await refusal({}, { "x-slack-request-timestamp": at })]).toEqual([at, "it has no timestamp"]);
    }
  });
});
