/** Hermes' gateway in a running container of the process engine, as the machine's process list shows it. Linux. */
import fs from "node:fs/promises";
import { z } from "zod";
import type { LocalSystem } from "../e2e/harness.ts";

const environmentSchema = z.looseObject({
  API_SERVER_HOST: z.string(),
  API_SERVER_PORT: z.string(),
  API_SERVER_KEY: z.string(),
  HERMES_HOME: z.string(),
  HERMES_MANAGED_DIR: z.string(),
});

/** How the gateway was started, and where its API server answers. */
export interface GatewayProcess {
  readonly pid: number;
  readonly command: readonly string[];
  readonly environment: z.infer<typeof environmentSchema>;
  /** `http://127.x.y.z:8642` */
  readonly url: string;
}

/** The gateway of a system's bot. @throws Error when none runs */
export async function findGateway(local: LocalSystem): Promise<GatewayProcess> {
  for (const pid of await local.processes()) {
    const command = await entries(pid, "cmdline");
    if (!command.join(" ").includes("hermes gateway run")) continue;
    const variables = (await entries(pid, "environ")).map((entry) => {
      const end = entry.indexOf("=");
      return [entry.slice(0, end), entry.slice(end + 1)];
    });
    const environment = environmentSchema.safeParse(Object.fromEntries(variables)).data;
    if (environment === undefined) continue; // the shell that starts it has the same words in its command line
    const url = `http://${environment.API_SERVER_HOST}:${environment.API_SERVER_PORT}`;
    return { pid, command, environment, url };
  }
  throw new Error("No gateway runs. The bench needs the process engine on Linux: see bench/README.md.");
}

/** Empty for a process that has ended meanwhile. */
async function entries(pid: number, part: "cmdline" | "environ"): Promise<string[]> {
  const text = await fs.readFile(`/proc/${pid}/${part}`, "utf8").catch(() => "");
  return text.split("\0").filter((entry) => entry !== "");
}
