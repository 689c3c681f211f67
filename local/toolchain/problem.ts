/** What the toolchain says when it cannot go on. */

/** A problem that a person meets: what is wrong, what was tried, and what to do next. */
export class ToolchainProblem extends Error {
  override readonly name = "ToolchainProblem";

  /**
   * @param what One sentence: what is missing or wrong.
   * @param tried What was tried, each with why it did not help.
   * @param next What to do, most likely first.
   */
  constructor(what: string, tried: readonly string[], next: readonly string[]) {
    super(
      [what, ...tried.map((line) => `  - ${line}`), ...next.map((line, i) => `${i ? "  or" : "Next:"} ${line}`)].join(
        "\n",
      ),
    );
  }
}

/** Hides hosts in a tool's output: which mirror a machine uses is nobody else's business. */
export function withoutHosts(text: string): string {
  return text
    .replace(/(https?:\/\/)[^/\s"')]+/g, "$1…")
    .replace(/host='[^']*'/g, "host='…'")
    .replace(/\blookup [\w.-]+/g, "lookup …")
    .replace(/\bdial tcp [\w.:[\]-]+/g, "dial tcp …");
}

/** The last lines of a tool's output, for the end of an error. */
export function tail(text: string, lines = 6): string {
  return withoutHosts(text.trim().split("\n").slice(-lines).join("\n"));
}
