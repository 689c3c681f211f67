/** What asking a chat platform found. */

/** A lack stops the deploy; a warning is told, and the deploy goes on. No token in either. */
export interface Finding {
  readonly kind: "lack" | "warning";
  /** A sentence or two, and what to click or type. */
  readonly text: string;
}

export const lack = (text: string): Finding => ({ kind: "lack", text });
export const warning = (text: string): Finding => ({ kind: "warning", text });

/** The command that sets a secret anew. */
export const setAgain = (key: string): string => `pulumi config set --secret talaria:${key}`;
