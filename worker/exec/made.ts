import { createHash } from "node:crypto";
import type { Declaration } from "../declarationSchema.ts";

/** What a container keeps from its start on: one that was made otherwise is replaced as soon as nothing runs in it. */
export function madeAs({ images, exec }: Pick<Declaration, "images" | "exec">): string {
  const said = JSON.stringify([images.exec, exec.network, exec.hosts]);
  return createHash("sha256").update(said).digest("hex").slice(0, 16);
}
