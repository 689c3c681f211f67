import type { ExecPolicy } from "../declarationSchema.ts";
import type { Box } from "../sandbox/box.ts";
import type { DeclaredWorkspace } from "./declaredWorkspace.ts";

/** What a session is given to work with. */
export interface SessionMeans {
  readonly box: (name: string) => Box;
  readonly policy: ExecPolicy;
  /** What containers are started with, see `made.ts`. */
  readonly made: string;
  readonly declared: DeclaredWorkspace;
}
