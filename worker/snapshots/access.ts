/** What the Agent says when the repository asks about a run: the seam between them. */

/** The Agent's word on a run, asked for by RPC at each write and at each list of `index/`. */
export interface RepositoryAccess {
  /**
   * - `yes`: the run is under way and may add to the repository
   * - `later`: not now, because another run prunes; restic tries again
   * - `no`: not the run under way, for example one that outlived the object that started it
   */
  readonly write: "yes" | "later" | "no";
  /**
   * Index objects stored after this moment (ms since 1970, R2's clock) are not shown to the run, unless it stored them
   * itself or maintenance did. It is the moment up to which the promoted snapshot needs them, so that nothing which a
   * compromised agent adds later stands between the bot and its memory. `null`: no such limit.
   */
  readonly indexesUntil: number | null;
}

/** What the repository needs of the Agent object. */
export interface AccessJudge {
  repositoryAccess(run: string): Promise<RepositoryAccess>;
}
