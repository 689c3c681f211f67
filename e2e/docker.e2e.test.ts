import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { scanImage } from "../local/docker/index.ts";
import { Bot } from "./bot.ts";
import { CheckoutCopy } from "./checkoutCopy.ts";
import { mustPass } from "./commands.ts";
import {
  commandsInside,
  docker,
  dockerEnv,
  execContainers,
  inventory,
  theContainer,
  usersInside,
} from "./dockerHost.ts";
import { eventually } from "./eventually.ts";
import { AgentTools } from "./exec/agentTools.ts";
import { commandsRun, commandsWork } from "./exec/commandsWork.ts";
import { escapes } from "./exec/escapes.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { killedInTheMiddle } from "./killedInTheMiddle.ts";
import { Snapshots } from "./snapshots.ts";

if (!dockerEnv) process.stdout.write("skipped: the whole stack on Docker (DOCKER_HOST names no daemon)\n");

const imageSchema = z.object({ declared: z.string(), running: z.string().nullable() });
const statusSchema = z.looseObject({
  state: z.string(),
  engine: z.string(),
  isolated: z.boolean(),
  images: z.looseObject({ hermes: imageSchema, exec: imageSchema }),
});

describe.skipIf(!dockerEnv)("the whole stack on Docker", () => {
  let local: LocalSystem;
  let agent: AgentTools;
  let copy: CheckoutCopy;
  let before: readonly string[];
  beforeAll(async () => {
    before = await inventory();
    const makeCopy = async (stateDir: string) => {
      copy = await CheckoutCopy.make(path.join(stateDir, "checkout"));
      await copy.commit("everything");
      return copy.folder;
    };
    local = await startLocal({ engine: "docker", copy: makeCopy });
    agent = new AgentTools(local, "docker");
  }, 1_500_000);
  afterAll(async () => {
    await local?.stop();
    expect((await inventory()).filter((thing) => !before.includes(thing))).toEqual([]);
  });

  const status = async () => statusSchema.parse(JSON.parse(mustPass(await local.talaria(["status", "--json"])).stdout));
  const chat = async (text: string) => mustPass(await local.talaria(["chat", "--no-stream", text])).stdout;

  it("runs what the stack built, by digest, and says that it is isolated", async () => {
    const { engine, isolated, images } = await status();
    expect({ engine, isolated }).toEqual({ engine: "docker", isolated: true });
    expect(images.hermes.declared).toMatch(/^127\.0\.0\.1:\d+\/\S+-hermes@sha256:[0-9a-f]{64}$/);
    expect(images.hermes.running).toBe(images.hermes.declared);
  });

  it("answers a chat, with the model reached through talaria.internal, and runs a command in the other image, which has no such host", async () => {
    const asking =
      "curl --silent --output /dev/null --write-out '%{http_code}' http://talaria.internal/model/v1/models";
    const { output } = await agent.run(`id -un; pwd; ${asking}; command -v hermes restic; echo`);
    expect(output.trim().split("\n")).toEqual(["agent", "/workspace", "403"]);
    const [box, ...others] = await execContainers();
    expect([box, ...others].length).toBeLessThanOrEqual(2); // its own, and a spare
    expect(await docker("inspect", "--format", "{{.Config.Image}}", box ?? "")).toBe(
      (await status()).images.exec.declared,
    );
  });

  it("has nothing to build, push or change the second time (I8)", async () => {
    mustPass(await local.pulumi(["preview", "--expect-no-changes"]));
  });

  it("has nothing to change after a commit of files that no image holds", async () => {
    for (const file of ["README.md", "container/hermes/README.md"]) await copy.setLastLine(file, "One line more.");
    await copy.commit("Elsewhere");
    mustPass(await local.pulumi(["preview", "--expect-no-changes"]));
  });

  it("holds none of the stack's secrets in any layer, label or line of history of either image (I7)", async () => {
    if (!dockerEnv) return;
    const { images } = await status();
    const password = await fs.readFile(path.join(local.stateDir, "repository-password-local"), "utf8");
    const secrets = [local.adminToken, local.clientToken, local.apiToken, password.trim()];
    for (const { declared } of [images.hermes, images.exec]) {
      expect(await scanImage(dockerEnv, declared, secrets)).toEqual([]);
      const history = await docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", declared);
      expect(history).toContain("ENTRYPOINT");
      expect(secrets.filter((secret) => history.includes(secret))).toEqual([]);
    }
  });

  it("runs process 1 and the server as root, Hermes as hermes, and no command beside them", async () => {
    const answered = agent.run("sleep 4.25; echo over");
    const container = await theContainer();
    expect(await eventually(async () => (await commandsInside()).includes("sleep 4.25"), 60)).toBe(true);
    const users = await usersInside(container);
    const asRoot = users.filter(({ user }) => user !== "hermes");
    expect(asRoot.filter(({ user }) => user !== "root")).toEqual([]);
    for (const { command } of asRoot)
      expect(command).toMatch(
        /talaria-init$|\/container-server\/sandbox|^bash --norc$|\/opt\/talaria\/bin\/talaria-state /,
      );
    const ofHermes = users.filter(({ user }) => user === "hermes").map(({ command }) => command);
    expect(ofHermes).toContainEqual(expect.stringContaining("hermes gateway run"));
    expect(ofHermes.filter((command) => command.includes("sleep"))).toEqual([]);
    expect((await answered).output).toContain("over");
  });

  it("runs as hermes, without secrets of the gateway, what an operator runs by hand", async () => {
    const words = [
      'echo "who=$(id -un) home=$HERMES_HOME where=$PWD key=${API_SERVER_KEY-none} run=$(cat /run/talaria/hands.log)"',
      'ls -d /opt/talaria/bin/talaria-state >/dev/null && echo "path=$PATH"',
      "exit 5",
    ];
    const input = words.map((line) => `${line}\n`).join("");
    const typed = ["-c", `printf '%s' "$INPUT" | ./talaria shell`];
    const { code, stdout } = await local.commands.exec("sh", typed, { ...local.env, INPUT: input });
    expect(stdout).toMatch(
      /who=hermes home=\/home\/hermes\/\.hermes where=\/home\/hermes key=none run=.*0\.0\.0\.0:3501/,
    );
    expect(stdout).toContain("path=/opt/talaria/hands:/home/hermes/.local/bin:");
    expect(code).toBe(5);
    expect(mustPass(await local.talaria(["hermes", "--", "--version"])).stdout).toContain("Hermes Agent");
    const refused = await local.talaria(["hermes", "--", "config", "edit"]);
    expect([refused.code, refused.stdout]).toEqual([78, expect.stringContaining("hermes config set KEY VALUE")]);
    const users = await usersInside(await theContainer());
    const supervising = users.filter(({ command }) => command.includes("talaria-exec"));
    expect(supervising.length).toBeGreaterThan(0);
    expect(supervising.filter(({ user }) => user !== "hermes")).toEqual([]);
  });

  it("runs nothing as root in the image for commands", async () => {
    const { images } = await status();
    const container = await docker("run", "--detach", "--rm", images.exec.declared);
    try {
      const users = await usersInside(container);
      expect(users.length).toBeGreaterThan(1); // tini and the SDK's server; the Worker starts the supervisor
      expect(users.filter(({ user }) => user !== "agent")).toEqual([]);
      const places = "echo $HOME; python3 -m site --user-base; npm config get prefix; echo $PATH | cut -d: -f1";
      expect(await docker("exec", container, "bash", "-lc", places)).toBe(
        "/workspace/.home\n/workspace/.local\n/workspace/.local\n/workspace/.local/bin",
      );
    } finally {
      await docker("rm", "--force", container);
    }
  });

  it("keeps what the agent installs, and finds it by its name", async () => {
    const tool = "printf '#!/bin/sh\\necho it runs from $0\\n' > /workspace/.local/bin/own-tool";
    await agent.run(`mkdir -p /workspace/.local/bin && ${tool} && chmod +x /workspace/.local/bin/own-tool`);
    const { output } = await agent.run(
      "own-tool; python3 -m site --user-base; echo prefix=$NPM_CONFIG_PREFIX home=$HOME",
    );
    expect(output.trim().split("\n")).toEqual([
      "it runs from /workspace/.local/bin/own-tool",
      "/workspace/.local",
      "prefix=/workspace/.local home=/workspace/.home",
    ]);
  });

  describe("commands, isolation session", () => commandsWork("session", () => agent));

  describe("escape attempts", () => escapes(() => local));

  describe.each(["command", "shared"] as const)("commands, isolation %s", (isolation) => {
    beforeAll(async () => {
      mustPass(await new Bot(local).configured(["set", "--path", "talaria:exec.isolation", isolation]));
    });

    commandsRun(isolation, () => agent);
  });

  it("lets a run finish when its container is told to end, and calls talaria-last-snapshot after it", async () => {
    const container = await theContainer();
    const program = "#!/bin/sh\necho the last snapshot is called\n";
    const file = "/opt/talaria/bin/talaria-last-snapshot";
    await docker("exec", "--user", "root", container, "sh", "-c", `printf '${program}' > ${file} && chmod 755 ${file}`);
    const log = docker("logs", "--follow", container);
    const answered = new Bot(local).chat("RUN sleep 6.25; echo $((40 + 2)) is the end");
    expect(await eventually(async () => (await commandsInside()).includes("sleep 6.25"), 60)).toBe(true);
    await docker("stop", "--time", "200", container);
    expect(await answered).toMatchObject({ status: 200, text: expect.stringContaining("42 is the end") });
    expect(await log).toMatch(
      /draining the gateway.*the gateway has ended.*the last snapshot is called.*the last snapshot ended with 0/s,
    );
  });

  it("comes back when its container is killed", async () => {
    expect(await chat("hello before")).toContain("hello before");
    await docker("kill", await theContainer());
    expect(await chat("hello again")).toContain("hello again");
    expect((await status()).state).toBe("ready");
  });

  it("rebuilds one image after a change of one line of the start script, and runs its digest with the memory of until then", async () => {
    const old = (await status()).images;
    await chat("REMEMBER My dog is called Gus.");
    await copy.setLastLine("container/hermes/bin/talaria-gateway", "# another line");
    const began = performance.now();
    const { output } = mustPass(await local.pulumi(["up", "--yes", "--skip-preview"]));
    const seconds = Math.round((performance.now() - began) / 1000);
    const { images } = await status();
    process.stdout.write(`One line of the start script, up to the running digest: ${seconds} s\n${laps(output)}\n`);
    expect(images.hermes.declared).not.toBe(old.hermes.declared);
    expect(images.hermes.running).toBe(images.hermes.declared);
    expect(images.exec.declared).toBe(old.exec.declared);
    const { snapshots } = await new Snapshots(local).all();
    const tags = { "upgrade-from": old.hermes.declared, "upgrade-to": images.hermes.declared };
    expect(snapshots[0]).toMatchObject({ reason: "upgrade", verdict: "promoted", tags });
    expect(await chat("What is My dog called?")).toContain("Gus");
    mustPass(await local.pulumi(["preview", "--expect-no-changes"]));
  }, 600_000);

  // Eight minutes of builds: on demand.
  if (process.env.TALARIA_TEST_KILLS) killedInTheMiddle(() => ({ local, copy }));
});

/** The lines that say how long each changed resource took. */
function laps(output: string): string {
  const done = /^.* (updated|created|replaced) \(.*s\).*$|^.*Duration.*$/;
  return output
    .split("\n")
    .filter((line) => done.test(line))
    .join("\n");
}
