/** The same requests, by Slack's own SDK: what it takes we take, what it refuses we refuse, and both read the same in them. */
import { execFile } from "node:child_process";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { actionForm, commandForm, type Doing, type SignedRequest, signed } from "../../local/chat/slackSigner.ts";
import { operatorApp, operatorUser, opsChannel } from "../../local/chat/slackWorkspace.ts";
import { ensurePythonTool } from "../../local/toolchain/pythonTool.ts";
import { commandAsked, pressAsked } from "./asked.ts";
import { refusalOf } from "./signature.ts";

const { signingSecret } = operatorApp;
const responseUrl = "https://hooks.slack.com/commands/T0TALARIA/1/abc";
const doing: Doing = {
  ...{ app: operatorApp, team: "T0TALARIA", domain: "talaria-test", user: operatorUser, channel: opsChannel },
  ...{ responseUrl, trigger: "1.2.3" },
};
const now = Math.floor(Date.now() / 1_000);
const command = commandForm(doing, "/talaria", "restore 0123abcd é 🦊 + & %");
const right = signed(operatorApp, command, now);
const withHeader = (name: string, value: string | undefined): SignedRequest => {
  const { [name]: _, ...rest } = right.headers;
  return { ...right, headers: value === undefined ? rest : { ...rest, [name]: value } };
};
const signature = right.headers["x-slack-signature"] ?? "";

const requests: Readonly<Record<string, SignedRequest>> = {
  "a command": right,
  "a command without text": signed(operatorApp, commandForm(doing, "/talaria", ""), now),
  "a button": signed(operatorApp, actionForm(doing, { action_id: "wake", value: "wake" }), now),
  "almost too old": signed(operatorApp, command, now - 200),
  "almost of the future": signed(operatorApp, command, now + 200),
  "too old": signed(operatorApp, command, now - 400),
  "of the future": signed(operatorApp, command, now + 400),
  "of another app": signed({ signingSecret: "0".repeat(32) }, command, now),
  "signed without a secret": signed({ signingSecret: "" }, command, now),
  "with another body": { ...right, body: command.replace("0123abcd", "fedc9876") },
  "with a body cut short": { ...right, body: command.slice(0, -1) },
  "with a parameter more": { ...right, body: `${command}&user_id=U0OTHER` },
  "under another time": withHeader("x-slack-request-timestamp", String(now + 1)),
  "without a time": withHeader("x-slack-request-timestamp", undefined),
  "without a signature": withHeader("x-slack-signature", undefined),
  "with an empty signature": withHeader("x-slack-signature", ""),
  "with a signature in capitals": withHeader("x-slack-signature", signature.toUpperCase()),
  "with a signature cut short": withHeader("x-slack-signature", signature.slice(0, -2)),
  "of another version": withHeader("x-slack-signature", signature.replace("v0", "v1")),
};

const answersSchema = z.array(z.object({ status: z.number(), heard: z.record(z.string(), z.string()) }));
let bolt: z.infer<typeof answersSchema>;

beforeAll(async () => {
  const python = await ensurePythonTool("slack_bolt", { progress: () => {} });
  const script = path.join(import.meta.dirname, "bolt_app.py");
  const stdout = await new Promise<string>((resolve, reject) => {
    const env = { ...process.env, SIGNING_SECRET: signingSecret };
    const child = execFile(python, [script], { env }, (error, out, err) =>
      error ? reject(new Error(err)) : resolve(out),
    );
    child.stdin?.end(JSON.stringify(Object.values(requests)));
  });
  bolt = answersSchema.parse(JSON.parse(stdout));
}, 300_000);

describe("Slack's Bolt", () => {
  it.each(Object.keys(requests).map((name, n) => [name, n] as const))(
    "agrees about a request that is %s",
    async (name, n) => {
      const { headers, body } = requests[name] ?? right;
      const parts = {
        timestamp: headers["x-slack-request-timestamp"],
        signature: headers["x-slack-signature"],
        body: new TextEncoder().encode(body),
      };
      const refusal = await refusalOf(parts, signingSecret, Date.now());
      expect([refusal === null, refusal]).toEqual([bolt[n]?.status === 200, refusal]);
    },
  );

  it("takes some of them and refuses some", () => {
    const statuses = bolt.map(({ status }) => status);
    expect([statuses.filter((status) => status === 200).length, new Set(statuses)]).toEqual([5, new Set([200, 401])]);
  });

  it("reads the same in a command and in a button", () => {
    for (const [n, asked] of [
      [0, commandAsked(command, "id")],
      [2, pressAsked(Object.values(requests)[2]?.body ?? "", "id")],
    ] as const) {
      const { id: _, by: __, ...ours } = asked ?? { id: "", by: "" };
      expect(ours).toEqual(bolt[n]?.heard);
    }
  });
});
