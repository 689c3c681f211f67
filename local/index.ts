/** `npm run local`: the whole system on this machine. Deploys stack `local`, wakes the bot, chats with it, stays until Ctrl-C. */
import fs from "node:fs/promises";
import { parseArgs } from "node:util";
import { daemonLog, ensureDaemon, stopDaemon } from "./daemon/control.ts";
import type { EngineKind } from "./daemon/engine.ts";
import { Display } from "./display.ts";
import { dockerPaths, dockerRoot } from "./docker/folders.ts";
import { runningDocker } from "./docker/running.ts";
import { stateDir } from "./paths.ts";
import { restBot } from "./restBot.ts";
import { deploy, type Outputs, talaria } from "./stack.ts";
import { ensureToolchain, hermesVersions, type Toolchain, ToolchainProblem } from "./toolchain/index.ts";
import { step } from "./toolchain/progress.ts";
import { programsEnded, signalPrograms } from "./toolchain/run.ts";
import { watchWorker } from "./watchWorker.ts";
import { welcome } from "./welcome.ts";

const usage = `npm run local [-- OPTIONS]
  --engine docker   run the containers on Docker: real images, isolated (default: plain processes)
  --hermes VERSION  another Hermes in plain processes: 0.19.0 has its dashboard built in, and runs no commands
  --detach   return once the bot has answered; it stays up
  --stop     end what --detach left running
  --fresh    forget all local state first (stacks, buckets, the bot's memory)
  --watch    put each edit of worker/ live`;

const display = new Display();
/** Pulumi finishes what it has begun when it is interrupted, and ends its plugins; then it is killed. */
const interruptedMs = 20_000;
let stopping = false;

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ToolchainProblem)) throw error;
  if (stopping) await new Promise(() => {}); // a step that was interrupted fails; the handler of the signal ends this process
  process.stderr.write(`\nerror: ${error.message}\n`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { values } = readArgs();
  if (values.help) {
    display.line(usage);
    return 0;
  }
  if (values.stop) {
    await restBot(display);
    display.line((await stopDaemon()) ? "Stopped. `npm run local` starts it again." : "Nothing was running.");
    return 0;
  }
  if (values.fresh) await forget();
  stopOnSignal();
  const toolchain = await ensureToolchain({ progress: display.progress, hermes: versionOf(values.hermes) });
  const { engine } = await startCloudflare(toolchain, engineOf(values.engine));
  const outputs = await deploy(toolchain, display);
  await firstChat(outputs);
  const docker = engine === "docker" || (await dockerRuns());
  display.line(welcome(outputs, { detached: values.detach === true, engine, docker }));
  if (values.detach) return 0;
  if (values.watch) watchWorker(() => deploy(toolchain, display), display);
  return stay();
}

function readArgs() {
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      options: {
        engine: { type: "string" },
        hermes: { type: "string" },
        detach: flag,
        stop: flag,
        fresh: flag,
        watch: flag,
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    throw new ToolchainProblem(error instanceof Error ? error.message : String(error), [], [usage]);
  }
}

function engineOf(text: string | undefined): EngineKind | undefined {
  if (text === undefined || text === "process" || text === "docker") return text;
  throw new ToolchainProblem(`There is no engine \`${text}\`: it is \`process\` or \`docker\`.`, [], [usage]);
}

function versionOf(text: string | undefined): string | undefined {
  if (text === undefined || hermesVersions.includes(text)) return text;
  throw new ToolchainProblem(
    `There is no Hermes \`${text}\` to choose: it is ${hermesVersions.join(", ")}.`,
    [],
    [usage],
  );
}

/** Whether a daemon answers that the containers could run on. */
async function dockerRuns(): Promise<boolean> {
  const running = await runningDocker(dockerPaths(dockerRoot), process.env);
  return running !== undefined && "env" in running;
}

async function forget(): Promise<void> {
  await stopDaemon();
  await fs.rm(stateDir, { recursive: true, force: true });
  display.line("Forgot all local state.");
}

async function startCloudflare({ hermes, restic }: Toolchain, engine: EngineKind | undefined) {
  return step(display.progress, "loopback Cloudflare", async (tell) => {
    const { daemon, started } = await ensureDaemon({
      engine,
      hermesVenv: hermes.venv,
      restic: restic.program,
      tell,
    });
    const containers = daemon.engine === "docker" ? ", containers on Docker" : "";
    return { value: daemon, summary: `${started ? "answers" : "was up"} at ${daemon.apiUrl}${containers}` };
  });
}

async function firstChat(outputs: Outputs): Promise<void> {
  await step(display.progress, "waking the bot", async (tell) => {
    tell("container, then Hermes, then its first health check");
    await talaria(outputs, ["wake"]);
    return { value: undefined, summary: "ready" };
  });
  await step(display.progress, "first chat", async () => {
    const answer = await talaria(outputs, ["chat", "--no-stream", "Hello! Who are you?"]);
    return { value: undefined, summary: `“${answer.split("\n").join(" ").slice(0, 80)}”` };
  });
}

/** Also while it still starts: nothing stays behind. A terminal's Ctrl-C reaches Pulumi by itself, a SIGTERM does not. */
function stopOnSignal(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      display.line("\nStopping …");
      if (signal === "SIGTERM") signalPrograms("SIGINT");
      await programsEnded(interruptedMs);
      await restBot(display);
      await stopDaemon();
      display.line("Stopped; nothing is left running. State is kept in .talaria/.");
      process.exit(signal === "SIGINT" ? 130 : 143);
    });
  }
}

/** Until a signal comes. */
function stay(): Promise<number> {
  display.line(`Ctrl-C ends it. Log: ${daemonLog}`);
  return new Promise(() => setInterval(() => {}, 3_600_000));
}
