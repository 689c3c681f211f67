/** One problem; `reason` completes "talaria:<key> …". */
export interface McpProblem {
  readonly key: string;
  readonly reason: string;
  readonly next: readonly string[];
}
