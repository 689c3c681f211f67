/** What calls the Worker: its address and its schedule. */
import { z } from "zod";
import { scriptPath, tell, workerUrl } from "../fixture.ts";
import { differs, holds, type Point } from "../point.ts";
import { type Smoke, until } from "../smoke.ts";

/** The stack reads the address straight after the upload, before workers.dev is switched on. */
export const addressAfterPut: Point = {
  id: "address",
  question: "Does the beta Workers API, asked by name, tell `subdomain.url` of a Worker that was uploaded by PUT?",
  needs: ["upload"],
  async ask(smoke) {
    const early = await workerUrl(smoke);
    const json = { enabled: true, previews_enabled: false };
    const headers = { "Cloudflare-Workers-Script-Api-Date": "2025-08-01" };
    await smoke.transcript.call("POST", `${scriptPath(smoke)}/subdomain`, { json, headers });
    const late = await workerUrl(smoke);
    if (early !== undefined) return holds(`It does, also before workers.dev is switched on: ${new URL(early).host}`);
    return differs(late === undefined ? "It tells none." : "It does, but only once workers.dev is switched on.");
  },
};

/** The fixture's door. */
export const answers: Point = {
  id: "answers",
  question: "Does the uploaded Worker answer there, with its secret bound?",
  needs: ["address"],
  async ask(smoke) {
    const open = await until(smoke, 180, async () => {
      const said = await tell(smoke, "state");
      return said.status === 200 ? said : undefined;
    });
    if (open === undefined) return differs("It does not answer within three minutes.");
    const { status } = await tell(smoke, "state", "not-the-key");
    return status === 401
      ? holds(`It answered after ${open.after} s and refuses a wrong key.`)
      : differs(`It answered after ${open.after} s, but a wrong key gets ${status}.`);
  },
};

const cron = "*/5 * * * *";

/** Written, read, removed by hand, read. */
export const schedule: Point = {
  id: "schedule",
  question: "Is a cron schedule read back as it was written, and its removal by hand seen?",
  needs: ["upload"],
  async ask(smoke) {
    await put(smoke, [{ cron }]);
    const written = await crons(smoke);
    await put(smoke, []);
    const removed = await crons(smoke);
    const right = written.length === 1 && written[0] === cron && removed.length === 0;
    const seen = `Written: ${JSON.stringify(written)}; after the removal: ${JSON.stringify(removed)}.`;
    return right ? holds(seen) : differs(seen);
  },
};

async function put(smoke: Smoke, json: readonly { cron: string }[]): Promise<void> {
  await smoke.transcript.call("PUT", `${scriptPath(smoke)}/schedules`, { json });
}

async function crons(smoke: Smoke): Promise<string[]> {
  const answer = await smoke.transcript.call("GET", `${scriptPath(smoke)}/schedules`);
  return z
    .object({ schedules: z.array(z.object({ cron: z.string() })) })
    .parse(answer)
    .schedules.map((one) => one.cron);
}
