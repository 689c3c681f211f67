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
