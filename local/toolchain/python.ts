/** Finds a Python that Hermes accepts. */
import * as pins from "./pins.ts";
import { ToolchainProblem } from "./problem.ts";
import { findProgram, run } from "./run.ts";
import { firstOf, type Outcome, type Source } from "./sources.ts";

/** A Python interpreter with `venv` and `pip`. */
export interface Python {
  readonly program: string;
  readonly version: string;
}

/** The first usable Python on PATH. Throws {@link ToolchainProblem} when there is none. */
export async function findPython(env: NodeJS.ProcessEnv): Promise<Python> {
  const sources = pins.python.commands.map(
    (command): Source<Python> => ({ name: command, get: () => probe(command, env) }),
  );
  const found = await firstOf(sources);
  if (found.value !== undefined) return found.value;
  throw new ToolchainProblem("Hermes needs Python 3.11, 3.12 or 3.13, and there is none on PATH.", found.reasons, [
    "Debian, Ubuntu: sudo apt-get install python3 python3-venv",
    "macOS: brew install python@3.13",
    "elsewhere: https://www.python.org/downloads/",
  ]);
}

/** Prints the version, and fails where Debian has split `venv` off. */
const question = "import ensurepip, sys, venv; print('.'.join(map(str, sys.version_info[:3])))";

async function probe(command: string, env: NodeJS.ProcessEnv): Promise<Outcome<Python>> {
  const program = findProgram(command, env.PATH);
  if (program === undefined) return { lacking: "not on PATH" };
  const answer = await run(program, ["-c", question], { env, timeoutMs: 30_000 });
  if (answer.stderr.includes("ensurepip")) return { lacking: `${program} has no venv module (package python3-venv)` };
  if (answer.code !== 0) return { lacking: `${program} does not start` };
  const version = answer.stdout.trim();
  return accepted(version) ? { have: { program, version } } : { lacking: `${program} is ${version}` };
}

function accepted(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const rank = major * 1000 + minor;
  const [low, high] = [pins.python.atLeast, pins.python.below].map(([a, b]) => a * 1000 + b) as [number, number];
  return rank >= low && rank < high;
}
