import { reasonOf } from "../../errors.ts";
import type { Notice } from "../notice.ts";
import { type Channel, NotTold } from "./channel.ts";

export interface EmailParts {
  /** The binding of Cloudflare's Email Service. */
  readonly sender: Pick<SendEmail, "send">;
  /** An address in a domain that the account sends from. */
  readonly from: string;
  /** A verified address. */
  readonly to: string;
}

/** A plain text by Cloudflare's Email Service. */
export function email({ sender, from, to }: EmailParts): Channel {
  return {
    name: "email",
    target: to,
    tell: async (notice) => {
      const message = { from: { email: from, name: "Talaria" }, to, subject: subjectOf(notice), text: notice.text };
      await sender.send(message).catch((error: unknown) => {
        throw new NotTold(`Cloudflare did not send the e-mail to ${to}: ${reasonOf(error)}`);
      });
    },
  };
}

/** One line, at most 150 characters: a header holds no more lines. */
function subjectOf({ kind, title }: Notice): string {
  const label = { raised: "ALARM", resolved: "RESOLVED", summary: "Summary", test: "Test" }[kind];
  return `[${label}] ${title.replace(/\s+/g, " ")}`.slice(0, 150);
}
