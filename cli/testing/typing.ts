/** Somebody at a pseudo terminal who waits for a text, then types. */
import { type FakeBot, tokens } from "./fakeBot.ts";
import { talaria } from "./launcher.ts";

/** One move: when `sees` has come since the move before, `types` it, or gives the window another size. */
export interface Move {
  readonly sees: string;
  readonly types?: string;
  readonly window?: { readonly rows: number; readonly cols: number };
}

/** What came of it. */
export interface Typed {
  readonly said: string;
  readonly code: number;
  /** Whether the terminal is as it was before. */
  readonly restored: boolean;
}

/** Moves at a pseudo terminal, in Python: MOVES in the environment, what came of them as JSON. */
export const driver = `
import fcntl, json, os, pty, struct, sys, termios
moves = json.loads(os.environ["MOVES"])
said, seen = b"", 0
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
def size(rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
size(30, 90)
before = termios.tcgetattr(fd)
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    said += data
    while moves and moves[0]["sees"].encode() in said[seen:]:
        move = moves.pop(0)
        seen = said.index(move["sees"].encode(), seen) + len(move["sees"])
        if "window" in move:
            size(move["window"]["rows"], move["window"]["cols"])
        os.write(fd, move.get("types", "").encode())
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"said": said.decode(errors="replace"), "code": code, "restored": termios.tcgetattr(fd) == before}))
`;

/** Runs `talaria` at a terminal of 30 rows and 90 columns, of a kind that a line editor knows by `term`. */
export async function typing(
  args: readonly string[],
  bot: FakeBot,
  moves: readonly Move[],
  term = "dumb",
): Promise<Typed> {
  const launcher = new URL("../../talaria", import.meta.url).pathname;
  const env = {
    ...{
      TALARIA_URL: bot.url,
      TALARIA_ADMIN_TOKEN: tokens.admin,
      TALARIA_CLIENT_TOKEN: tokens.client,
      TERM: term,
      HOME: process.env.HOME ?? "",
    },
    MOVES: JSON.stringify(moves),
  };
  const run = await talaria(["-c", driver, launcher, ...args], { program: "python3", env });
  if (run.code !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Typed;
}
