/** What an operator may start in the agent's own container. */
import { Buffer } from "node:buffer";
import * as z from "zod";
import { terminalRequest } from "../exec/requests.ts";

/** Longest standard input, base64. */
const longestStdin = 16_000_000;
const noNul = /^[^\0]*$/;

/** `argv`: of `hermes`, or of the `program` that is named. Without it: a login shell, which wants a window. */
export const boxOrder = z
  .object({
    argv: z
      .array(z.string().max(100_000).regex(noNul, "holds a NUL"))
      .max(1_000)
      .optional()
      .meta({ description: "Arguments of `hermes`; left out: a login shell." }),
    program: z
      .enum(["hermes", "codex"])
      .optional()
      .meta({ description: "Whose arguments they are: `hermes`, or OpenAI's Codex CLI of the image." }),
    tty: terminalRequest.shape.tty.optional().meta({ description: "A terminal of this size; a shell needs one." }),
    stdin: z
      .base64({ error: "is not base64" })
      .max(longestStdin)
      .optional()
      .meta({ description: "All that it can read, in base64; not with a terminal." }),
  })
  .refine(({ argv, tty }) => argv !== undefined || tty !== undefined, "a shell needs `tty`")
  .meta({ id: "BoxOrder" });
export type BoxOrder = z.infer<typeof boxOrder>;

type Words = Pick<BoxOrder, "argv" | "program">;

/**
 * What bash runs for it, in base64. The folder that Hermes' own tools start in is the agent's home. The Codex CLI is the image's, never one
 * that the agent has put into its home: it would see who logs in.
 */
export function commandOf({ argv, program = "hermes" }: Words): string {
  const start = program === "hermes" ? `exec "$TALARIA_HERMES"` : "PATH=/usr/local/bin:/usr/bin:/bin exec codex";
  const command = argv === undefined ? "cd; exec bash -l" : `cd; ${start} ${argv.map(quoted).join(" ")}`;
  return Buffer.from(command).toString("base64");
}

/** The same for people, in the audit. */
export function shownOrder({ argv, program = "hermes" }: Words): string {
  const plain = /^[\w@%+=:,./-]+$/;
  return argv === undefined
    ? "shell"
    : [program, ...argv.map((word) => (plain.test(word) ? word : quoted(word)))].join(" ");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
