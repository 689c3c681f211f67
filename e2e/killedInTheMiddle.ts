/** `npm run local` and its daemon killed while the stack builds, pushes or rolls out: it ends clean, and the next one recovers. Run with TALARIA_TEST_KILLS=1. */
import fs from "node:fs/promises";
import os from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { CheckoutCopy } from "./checkoutCopy.ts";
import { mustPass } from "./commands.ts";
import { inventory, theContainer } from "./dockerHost.ts";
import { eventually } from "./eventually.ts";
import type { LocalSystem } from "./harness.ts";

/** A running system on Docker and the copy that it was started from. */
export interface FromCopy {
  readonly local: LocalSystem;
  readonly copy: CheckoutCopy;
}

interface Moment {
  readonly name: string;
  /** Changes Hermes' Dockerfile so that there is something to do, for long enough. */
  readonly change: (dockerfile: string) => string;
  /** Whether a process' command line says that it is happening. */
  readonly isIt: (command: string) => boolean;
}

const last = "COPY --from=scripts /out/ /\n";
const moments: readonly Moment[] = [
  {
    name: "a build",
    change: (text) => text.replace(last, `${last}RUN sleep 10\n`),
    isIt: (command) => command.includes("buildx build") && command.includes("-hermes:"),
  },
  {
    name: "a push",
    change: (text) => text.replace(last, `${last}RUN head -c 100M /dev/urandom >/opt/noise\n`),
    isIt: (command) => command.includes("docker push") && command.includes("-hermes:"),
  },
  {
    name: "a rollout",
    change: (text) => text.replace(last, `${last}ENV ANOTHER=1\n`),
    isIt: (command) => /cli\/index\.ts converge$/.test(command),
  },
];

/** Declares the tests; the system is up before and after each. */
export function killedInTheMiddle(system: () => FromCopy): void {
  describe("killed in the middle", () => {
    it.each(moments)(
      "ends clean when it is killed during $name, and the next start recovers",
      async (moment) => {
        const { local, copy } = system();
        const registry = (await hermesOf(local)).declared.split("/")[0] ?? "";
        const own = thingsOf(await theContainer(), registry);
        expect((await own()).length).toBeGreaterThan(4); // container, sidecar, network, two images
        const loginsBefore = await logins();
        await copy.edit("container/hermes/Dockerfile", moment.change);
        const up = local.commands.local(["--detach"]);
        const commands = async () => (await commandsOf(local)).map(({ command }) => command);
        expect(await eventually(async () => (await commands()).some(moment.isIt), 120), moment.name).toBe(true);
        await pause(1_000); // into the middle
        const victims = (await commandsOf(local)).filter(({ command }) =>
          /local\/(daemon\/main|index)\.ts/.test(command),
        );
        expect(victims.length).toBe(2);
        for (const { pid } of victims) process.kill(pid, "SIGKILL");
        await up;

        const killed = performance.now();
        expect(await eventually(async () => (await commands()).length === 0, 60), (await commands()).join("\n")).toBe(
          true,
        );
        process.stdout.write(`killed during ${moment.name}: gone after ${Math.round(performance.now() - killed)} ms\n`);
        expect(await eventually(async () => (await own()).length === 0, 60), (await own()).join("\n")).toBe(true);
        expect(await local.folders()).toEqual([]);
        expect((await logins()).filter((folder) => !loginsBefore.includes(folder))).toEqual([]);

        mustPass(await local.commands.local(["--detach", "--engine", "docker"]));
        await local.commands.daemon();
        const hermes = await hermesOf(local);
        expect(hermes.running).toBe(hermes.declared);
        expect(mustPass(await local.talaria(["chat", "--no-stream", "still here"])).stdout).toContain("still here");
        expect((await own()).filter((thing) => !thing.startsWith("image "))).toEqual([]);
        await theContainer();
      },
      600_000,
    );
  });
}

async function hermesOf(local: LocalSystem): Promise<{ readonly declared: string; readonly running: string | null }> {
  return JSON.parse(mustPass(await local.talaria(["status", "--json"])).stdout).images.hermes;
}

/** Looks for what there is of the engine that a container belongs to, and of the registry that its image came from. */
function thingsOf(container: string, registry: string): () => Promise<readonly string[]> {
  const [engine] = /talaria-[0-9a-f]{8}/.exec(container) ?? [""];
  return async () =>
    (await inventory()).filter((thing) => thing.includes(engine) || thing.startsWith(`image ${registry}/`));
}

/** Folders of a login, as the docker plugin makes one for a push. */
async function logins(): Promise<readonly string[]> {
  return (await fs.readdir(os.tmpdir())).filter((name) => /^talaria-docker-\w{6}$/.test(name));
}

async function commandsOf(local: LocalSystem): Promise<readonly { pid: number; command: string }[]> {
  return Promise.all(
    (await local.processes()).map(async (pid) => ({
      pid,
      command: (await fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ").trim(),
    })),
  );
}
