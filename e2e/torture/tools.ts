import { ensureHermes } from "../../local/toolchain/hermes.ts";
import { ensureRestic } from "../../local/toolchain/restic.ts";

export interface Tools {
  readonly venv: string;
  readonly restic: string;
}

/** What a stage needs of the machine: found in the cache or made, once. */
export async function findTools(): Promise<Tools> {
  const progress = () => {};
  const [{ venv }, { program }] = [await ensureHermes({ progress }), await ensureRestic({ progress })];
  return { venv, restic: program };
}
