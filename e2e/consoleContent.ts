/** A bot with a past, as an operator's page shows it: chats, commands, a job, snapshots, tokens, a drill, a stop and a wake. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Bot } from "./bot.ts";
import type { LocalSystem } from "./harness.ts";

const runSchema = z.object({ run: z.string() });
const reportSchema = z.looseObject({ state: z.string(), result: z.looseObject({ outcome: z.string() }).nullish() });

const alarmsSchema = z.looseObject({ current: z.array(z.looseObject({ code: z.string() })) });

/** Gives it one. @throws Error where a part of it fails */
export async function fill(local: LocalSystem, bot: Bot): Promise<void> {
  const post = async (path: string, body: object = {}) => {
    const answer = await local.api(path, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  /** Begins a run and waits for its end. */
  const ran = async (path: string) => {
    const { run } = runSchema.parse(await post(path));
    for (;;) {
      const report = reportSchema.parse(await (await local.api(`/api/runs/${run}`)).json());
      if (report.state === "ended") return report.result?.outcome;
      await pause(300);
    }
  };
  const chat = async (text: string, session: string) => {
    const { status } = await bot.chat(text, { session });
    if (status !== 200) throw new Error(`${text}: ${status}`);
  };
  await chat("REMEMBER The garden gets its water at seven in the evening.", "garden");
  await chat("RUN printf 'tomato,12\\nbasil,30\\n' > beds.csv && wc -l beds.csv", "garden");
  await ran("/api/snapshot");
  await chat("RUN awk -F, '{ all += $2 } END { print all, \"plants\" }' beds.csv", "garden");
  await chat("RUN sort beds.csv | head", "kitchen");
  await ran("/api/snapshot");
  await chat(
    'TOOL cronjob_manage {"action":"create","name":"morning news","schedule":"0 6 * * *","prompt":"the news","deliver":"local"}',
    "news",
  );
  await chat("REMEMBER Letters go to the red folder on the shelf.", "letters");
  await ran("/api/snapshot");
  const drilled = await ran("/api/drill");
  if (drilled !== "passed") throw new Error(`the drill: ${drilled}`);
  await post("/api/tokens", { name: "laptop", expiresSeconds: 90 * 86_400 });
  await post("/api/tokens", { name: "home-assistant" });
  await post("/api/tokens/laptop/rotate");
  await post("/api/restart-gateway");
  await bot.stop();
  await bot.wake();
  await chat("RUN date -u +%H:%M", "kitchen");
}

/** Has the model refuse until that is an alarm, which takes a minute. The next chat that is answered ends it. */
export async function alarm(local: LocalSystem, bot: Bot): Promise<void> {
  for (let asked = 0; asked < 6; asked++) await bot.chat("FAULT no-credit", { session: "garden" });
  for (let looks = 0; looks < 12; looks++) {
    await bot.cron();
    const { current } = alarmsSchema.parse(await (await local.api("/api/alarms")).json());
    if (current.length > 0) return;
    await pause(15_000);
  }
  throw new Error("no alarm after three minutes");
}
