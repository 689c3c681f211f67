/** What tests of the memory do to a bot and see of it. */
import type { aBot, World } from "../agent/aBot.ts";

/** The snapshot that the bucket's own record of the promotion names, null where there is none: as it is written there. */
export const promotedIn = ({ bucket }: World) =>
  JSON.parse(bucket.objects.get("talaria/promoted.json")?.text ?? '{"current":null}').current;

/** Lets the bot learn this much and saves it; returns the snapshot's id. */
export async function learned(world: World, { memory }: ReturnType<typeof aBot>, home: string): Promise<string> {
  world.box.home = home;
  const { snapshot } = await memory.save("operator");
  return snapshot ?? "";
}

/** What is there after the container was lost and the bot woken again. */
export async function homeAfterALoss(world: World, bot: ReturnType<typeof aBot>): Promise<string> {
  await world.box.destroy();
  await bot.wake();
  return world.box.home;
}

/** Codes of the alarms that the bot tells of. */
export const alarmsOf = ({ memory }: ReturnType<typeof aBot>) => memory.report(false).alarms.map(({ code }) => code);

/** Lets the bot learn and saves it so many times, five minutes apart; returns the snapshots' ids, the oldest first. */
export async function learnedTimes(world: World, bot: ReturnType<typeof aBot>, count: number): Promise<string[]> {
  if (!world.box.running) await bot.wake();
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    bot.clock.now += 300_000;
    ids.push(await learned(world, bot, `what was learned ${world.repository.homes.size}`));
  }
  return ids;
}
