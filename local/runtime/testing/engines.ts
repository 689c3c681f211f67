/** The engines that the runtime's tests run on: plain processes always, Docker where a daemon answers. */
import { processesWith } from "../process/strays.ts";
import { testDocker, whyNoDocker } from "./docker.ts";
import { type Bot, isAlive, startBot } from "./fixture.ts";

export interface TestEngine {
  readonly engine: "process" | "docker";
  /** Why it cannot run here; its tests are skipped. */
  readonly missing: string | undefined;
  startBot(): Promise<Bot>;
  /** How many containers run for an object of class App, whatever the engine's own record says. */
  programsOf(bot: Bot, object: string): Promise<number>;
}

/** For `describe.each`. Says once in the test's output what is skipped and why. */
export async function testEngines(): Promise<readonly TestEngine[]> {
  const missing = await whyNoDocker();
  if (missing) process.stdout.write(`skipped: tests on the Docker engine (${missing})\n`);
  return [
    {
      engine: "process",
      missing: undefined,
      startBot: () => startBot(),
      async programsOf(bot, object) {
        const { HOSTNAME } = await bot.json(`/app/${object}/env`);
        return processesWith(HOSTNAME).filter(isAlive).length;
      },
    },
    {
      engine: "docker",
      missing,
      startBot: async () => startBot((await testDocker()).engine()),
      async programsOf(bot, object) {
        const { text } = await bot.get(`/id/${object}`);
        return (await (await testDocker()).running(text)).filter((name) => !name.endsWith("-proxy")).length;
      },
    },
  ];
}
