/** The columns of the README's table: what happens to a bot, on one system after another. */
import { mustPass } from "../commands.ts";
import { LocalSystem } from "../harness.ts";
import { Snapshots } from "../snapshots.ts";
import { declared, type Place } from "./things.ts";

const up = ["up", "--yes", "--skip-preview"];
/** The stack that comes after the first one, on its bucket. */
const heir = "local-heir";

export interface Event {
  readonly name: string;
  /** Done to the bot; answers the system whose bot is looked at afterwards, up. @param saved the snapshot that was taken before it */
  readonly happen: (place: Place, saved: string) => Promise<LocalSystem>;
  /** What it undoes is the event before, whose marks are its own saved ones. */
  readonly undoesTheOneBefore?: true;
}

export const events: readonly Event[] = [
  {
    name: "gateway restart, or `up` with other configuration",
    happen: async ({ local }) => {
      mustPass(
        await local.pulumi(["config", "set", "--path", `talaria:settings.${declared.leaf}`, `${declared.value}`]),
      );
      const secret = ["config", "set", "--secret", "--path", `talaria:secretEnvironment.${declared.variable}`];
      mustPass(await local.pulumi([...secret, declared.secret]));
      mustPass(await local.pulumi(up));
      mustPass(await local.talaria(["restart", "--gateway"]));
      return local;
    },
  },
  {
    name: "sleep or stop, and wake",
    happen: async ({ local, bot }) => {
      await bot.stop();
      return awake(local, bot);
    },
  },
  {
    name: "container lost without warning",
    happen: async ({ local, bot }) => {
      const [container = 0] = await bot.containers();
      process.kill(-container, "SIGKILL");
      await bot.until("noticed", 60, ({ state }) => state !== "ready");
      return awake(local, bot);
    },
  },
  {
    name: "`restore` of a snapshot",
    happen: async ({ local, bot }, saved) => {
      await new Snapshots(local).restore(saved);
      return awake(local, bot);
    },
  },
  {
    name: "`up` with another image",
    happen: async ({ local, bot }) => {
      const image = `registry.cloudflare.com/${local.accountId}/talaria-local-hermes@sha256:${"1".repeat(64)}`;
      mustPass(await local.pulumi(["config", "set", "--path", "talaria:images.hermes", image]));
      mustPass(await local.pulumi(up));
      return awake(local, bot);
    },
  },
  {
    name: "`rollback` of that",
    undoesTheOneBefore: true,
    happen: async ({ local, bot }) => {
      mustPass(await local.talaria(["rollback", "--yes", "--stack", "local"]));
      return awake(local, bot);
    },
  },
  {
    name: "another stack on the kept bucket",
    happen: async ({ local }) => {
      const password = mustPass(await local.pulumi(["config", "get", "talaria:repositoryPassword"])).stdout.trim();
      mustPass(await local.pulumi(["destroy", "--yes", "--skip-preview"]));
      mustPass(
        await local.pulumi(["config", "set", "--path", "talaria:snapshots.bucket", "talaria-local-snapshots"], {
          stack: heir,
        }),
      );
      mustPass(
        await local.pulumi(["config", "set", "--secret", "talaria:repositoryPassword", password], { stack: heir }),
      );
      mustPass(await local.pulumi(up, { stack: heir }));
      const from = { stack: heir, outputs: await local.commands.outputs(heir), daemon: await local.commands.daemon() };
      const other = new LocalSystem(local.commands, { ...from, startOutput: "" });
      mustPass(await other.talaria(["wake"]));
      return other;
    },
  },
];

async function awake(local: LocalSystem, bot: Place["bot"]): Promise<LocalSystem> {
  mustPass(await local.talaria(["wake"]));
  await bot.ready();
  return local;
}
