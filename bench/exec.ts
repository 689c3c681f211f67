/** Round trips of the agent's commands: each isolation, against one shared sandbox asked as hermes-flare asks, and `docker exec`. */
import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { type ExecDoor, ExecStage } from "../e2e/exec/stage.ts";
import type { ExecPolicy } from "../worker/declarationSchema.ts";
import { type Contender, interleave, timed } from "./rounds.ts";
import { median, quantile } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";

const rounds = 60;
/** At one command every ten seconds: the environment's BENCH_PAUSE_SECONDS and BENCH_PAUSED_ROUNDS. */
const pausedRounds = Number(process.env.BENCH_PAUSED_ROUNDS ?? 12);
const betweenMs = Number(process.env.BENCH_PAUSE_SECONDS ?? 10) * 1000;
const megabyte = "head -c 1000000 /dev/zero | tr '\\0' x";
const policies: Readonly<Record<string, Partial<ExecPolicy>>> = {
  "warm session": { isolation: "session", spare: 0 },
  "command, spare": { isolation: "command", spare: 2 },
  "command, no spare": { isolation: "command", spare: 0 },
};
const exec = promisify(execFile);

export async function execCommands(): Promise<void> {
  const stages = await Promise.all(
    Object.entries(policies).map(async ([name, policy]) => {
      const stage = await ExecStage.start({ ...policy, commandsPerMinute: 100_000 });
      return { name, stage, session: stage.session("bench") };
    }),
  );
  const container = await dockerContainer();
  try {
    for (const { session } of stages) await session.run("true");
    const [warm] = stages;
    if (warm === undefined) return;
    const whole = (session: ExecDoor, command: string) => () => timed(() => session.run(command));
    const flare = (command: string) => () => timed(() => asFlare(warm.stage, command));
    const inDocker = (command: string) => () =>
      timed(() => exec("docker", ["exec", container ?? "", "bash", "-c", command], { maxBuffer: 1e8 }));
    for (const [title, command] of [
      ["true", "true"],
      ["1 MB of output", megabyte],
    ] as const) {
      await asFlare(warm.stage, command);
      const contenders: Record<string, Contender<number>> = {
        "warm session": whole(warm.session, command),
        "one shared sandbox, hermes-flare's manner": flare(command),
      };
      if (container !== undefined) contenders["docker exec"] = inDocker(command);
      const samples = await interleave(rounds, contenders);
      print(`${title}, one after the other`, samples);
    }
    const paused = Object.fromEntries(stages.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < pausedRounds; round++) {
      for (const { name, session } of stages) paused[name]?.push(await whole(session, "true")());
      await pause(betweenMs);
    }
    print(`true, one every ${betweenMs / 1000} s`, paused);
  } finally {
    for (const { stage } of stages) await stage.stop();
    if (container !== undefined) await exec("docker", ["rm", "--force", container]);
  }
}

/** One container for all, and one request of the SDK's for each command: the answer comes at its end. */
async function asFlare(stage: ExecStage, command: string): Promise<void> {
  const response = await fetch(`${stage.url}/flare`, { method: "POST", body: JSON.stringify({ command }) });
  if (!response.ok) throw new Error(`hermes-flare's manner: ${response.status} ${await response.text()}`);
  await response.json();
}

/** A container of any image that is there, where a daemon answers. */
async function dockerContainer(): Promise<string | undefined> {
  try {
    const { stdout: images } = await exec("docker", ["image", "ls", "--format", "{{.ID}} {{.Repository}}"]);
    const image = images
      .split("\n")
      .find((line) => /debian|-exec/.test(line))
      ?.split(" ")[0];
    if (image === undefined) throw new Error("no image of Debian is there");
    const { stdout } = await exec("docker", ["run", "--detach", "--rm", "--entrypoint", "sleep", image, "infinity"]);
    return stdout.trim();
  } catch (error) {
    console.error(`without docker exec: ${String(error).split("\n")[0]}`);
    return undefined;
  }
}

function print(title: string, samples: Readonly<Record<string, readonly number[]>>): void {
  const [first = []] = Object.values(samples);
  const rows = Object.entries(samples).map(([name, times]) => [
    name,
    duration(median(times)),
    duration(quantile(times, 0.95)),
    ratio(median(times), median(first)),
  ]);
  printTable(title, [["", "p50", "p95", "p50 against the first row"], ...rows]);
}
