/** Who asks, once a door has let them in. */
export type Caller =
  | {
      readonly kind: "operator";
      /** What proved it. */
      readonly by: "access" | "token" | "session";
      /** An e-mail address, a service token's name, or which secret it was: what the audit shows. */
      readonly name: string;
    }
  | {
      readonly kind: "client";
      /** The token's name. */
      readonly name: string;
    };

/** A caller as the audit shows it: what proved it, and the name. */
export function auditName(caller: Caller): string {
  return caller.kind === "operator" ? `${caller.by}:${caller.name}` : `client:${caller.name}`;
}
