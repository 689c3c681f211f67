/** What is asked at a terminal. */
import { type FakeBot, tokens } from "./fakeBot.ts";
import { type Run, talaria } from "./launcher.ts";

/** Runs `talaria` at a pseudo-terminal, whose one answer is typed when it asks. */
export async function atTerminal(
  args: readonly string[],
  bot: FakeBot,
  answer: string,
  question = "[y/N]",
): Promise<Run> {
  const program = `
import os, pty, sys
said, asked = b"", False
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    said += data
    if not asked and os.environ["QUESTION"].encode() in said:
        asked = True
        os.write(fd, (os.environ["ANSWER"] + "\\r").encode())
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const launcher = new URL("../../talaria", import.meta.url).pathname;
  const env = {
    ...{ TALARIA_URL: bot.url, TALARIA_ADMIN_TOKEN: tokens.admin, ANSWER: answer, QUESTION: question, TERM: "dumb" },
    ...{ HOME: process.env.HOME ?? "" },
  };
  return talaria(["-c", program, launcher, ...args], { program: "python3", env });
}
