/** What a container hears on the inside host when the Worker does not answer there. */

/** The name that the Worker's `outboundByHost` knows. */
export const insideHost = "talaria.internal";

/** The container's class has no handler for the inside host. */
export class NoHandler extends Error {
  constructor() {
    super(`this container's class has no handler for ${insideHost}`);
    this.name = "NoHandler";
  }
}

/** Status and JSON body that tell a failure to the program in the container. */
export function insideProblem(error: unknown): { readonly status: number; readonly body: string } {
  const message = error instanceof Error ? error.message : String(error);
  const none = error instanceof NoHandler;
  const problem = none
    ? { code: "no_inside_host", message, next: "Nothing: this container is not meant to reach it." }
    : { code: "inside_unreachable", message, next: "Try again in a second." };
  return { status: none ? 403 : 502, body: JSON.stringify({ error: problem }) };
}
