/**
 * What a command in Exec tries against the agent, its own bounds and its neighbours, on Docker: attempt → result → who
 * enforces it. The real Hermes runs each in its terminal, and answers a chat every second meanwhile. What Cloudflare's own
 * machines enforce is not proven here; the network under other policies is in network.process.test.ts.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "../bot.ts";
import { commandsInside, docker, execContainers, theContainer } from "../dockerHost.ts";
import { eventually } from "../eventually.ts";
import type { LocalSystem } from "../harness.ts";
import { AgentTools, type Terminal } from "./agentTools.ts";
import { listeningAt } from "./listeningAt.ts";

/** What an attacker may have learnt, and what he is after. */
interface Target {
  /** The agent's container on the engine's network. */
  readonly agentAddress: string;
  /** This machine on that network, and the ports on which it listens there for containers. */
  readonly machine: string;
  readonly doors: readonly number[];
  readonly workerPort: number;
  /** Values that no command may see. */
  readonly secrets: readonly string[];
}

interface Attempt {
  readonly attempt: string;
  readonly result: string;
  readonly enforcer: string;
  readonly command: (target: Target) => string;
  /** Seconds that Hermes gives it. @default its own, minutes */
  readonly timeout?: number;
  readonly check: (ended: Terminal, target: Target) => void;
  /** On a busy machine the container may go with what cannot be killed in time. */
  readonly mayTakeContainer?: true;
}

const said = (words: string) => (ended: Terminal) => expect(ended.output.trim()).toBe(words);
const timedOut = ({ exit_code, output }: Terminal) => expect(exit_code, output.slice(0, 1000)).toBe(124);
const python = (code: string) => `python3 - <<'EOF'\n${code}\nEOF`;
/** Says of each port whether somebody answers. */
const dialling = (host: string, ports: readonly number[]) =>
  python(`
import socket
for port in ${JSON.stringify(ports)}:
    try:
        socket.create_connection(("${host}", port), 3).close()
        print(port, "connected")
    except OSError:
        print(port, "closed")`);
const closed = (ports: readonly number[]) => ports.map((port) => `${port} closed`).join("\n");
const agentPorts = [3000, 3501, 8642, 9119];

const reaching: readonly Attempt[] = [
  {
    attempt: "looks for the agent's home",
    result: "it is not there",
    enforcer: "a container of its own",
    command: () =>
      String.raw`find / \( -name state.db -o -name MEMORY.md -o -name gateway_state.json \) 2>/dev/null; ls /run/talaria; readlink /home/hermes/.hermes`,
    check: ({ output }) => {
      expect(output).toContain("cannot access '/run/talaria'");
      expect(output.trim().split("\n").at(-1)).toBe("/workspace/.home/.hermes");
      expect(output).not.toMatch(/state\.db|MEMORY\.md|gateway_state/);
    },
  },
  {
    attempt: "reads the environment and the command line of every process",
    result: "none is the agent's, and no secret is in them",
    enforcer: "a container of its own",
    command: () => String.raw`cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\0' '\n'`,
    check: ({ output }, { secrets }) => {
      expect(output).toContain("talaria-exec"); // it did read
      expect(output).not.toMatch(/API_SERVER_KEY|RESTIC_|gateway run|talaria-init/);
      expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
    },
  },
  {
    attempt: "becomes root",
    result: "refused: neither sudo, su, a user namespace nor a mount",
    enforcer: "user `agent` and Docker's seccomp profile",
    command: () => "sudo -n id -u; su -c 'id -u' </dev/null; unshare -r id -u; mount -t tmpfs none /mnt; id -u",
    check: ({ output }) => expect(output.split("\n").filter((line) => /^\d+$/.test(line))).toEqual(["10000"]),
  },
  {
    attempt: "dials the agent's ports",
    result: "closed",
    enforcer: "the engine's network",
    command: ({ agentAddress }) => dialling(agentAddress, agentPorts),
    check: said(closed(agentPorts)),
  },
  {
    attempt: "asks the inside host",
    result: "403 `no_inside_host`",
    enforcer: "the Worker: its class has no such handler",
    command: () => "curl --silent --write-out ' %{http_code}' http://talaria.internal/model/v1/models",
    check: ({ output }) => expect(output).toMatch(/no_inside_host.* 403$/s),
  },
  {
    attempt: "dials the doors at which workerd answers containers, to be taken for the agent's",
    result: "closed",
    enforcer: "the stand-in's firewall",
    command: ({ machine, doors }) => dialling(machine, doors),
    check: (ended, { doors }) => said(closed(doors))(ended),
  },
  {
    attempt: "calls the Worker's routes by the machine's loopback and by the way out",
    result: "closed, 502",
    enforcer: "a network of its own, the stand-in",
    command: ({ workerPort }) =>
      `${dialling("127.0.0.1", [workerPort])}\ncurl --silent --write-out ' %{http_code}' --header 'host: 127.0.0.1:${workerPort}' http://host.docker.internal/api/status`,
    check: ({ output }, { workerPort }) => {
      expect(output).toContain(`${workerPort} closed`);
      expect(output).toMatch(/no way out.* 502$/s);
    },
  },
  {
    attempt: "looks for another session's workspace",
    result: "it is not there",
    enforcer: "a container for each session",
    command: () => "find / -name 'of-the-other-*' 2>/dev/null; echo looked",
    check: said("looked"),
  },
  {
    attempt: "speaks to the SDK's server and the supervisor beside it",
    result: "they answer, and run commands as the same user in the same container",
    enforcer: "nobody needs to",
    command: () => {
      const asked = `--header 'content-type: application/json' --data '{"command":"id -un"}' 127.0.0.1:3000/api/execute`;
      return `curl --silent ${asked}; curl --silent 127.0.0.1:3500/health`;
    },
    check: ({ output }) => expect(output).toMatch(/"stdout":"agent.*"workspace": ?"\/workspace"/s),
  },
];

const exhausting: readonly Attempt[] = [
  {
    attempt: "forks without end",
    result: "stops at 2048 processes, all killed at the deadline",
    enforcer: "RLIMIT_NPROC, the supervisor",
    command: () =>
      python(`
import os, time
first = os.getpid()
while True:
    try:
        os.fork()
    except OSError:
        if os.getpid() == first:
            print("stopped at", sum(name.isdigit() for name in os.listdir("/proc")), flush=True)
            first = 0
        time.sleep(1)`),
    timeout: 10,
    check: (ended) => {
      timedOut(ended);
      const count = Number(/stopped at (\d+)/.exec(ended.output)?.[1]);
      expect(count, ended.output).toBeGreaterThan(100);
      expect(count).toBeLessThan(2_200);
    },
    mayTakeContainer: true,
  },
  {
    attempt: "fills the memory",
    result: "killed; the container goes on",
    enforcer: "the container's memory, of its instance type",
    command: () => `${python("kept = [bytearray(64 << 20) for _ in range(10_000)]")}\necho code $?`,
    check: ({ output }) => expect(output).toMatch(/code 137$/m),
  },
  {
    attempt: "fills the shared memory",
    result: "no space left",
    enforcer: "Docker, 64 MB",
    command: () => "cat /dev/zero >/dev/shm/full; rm /dev/shm/full",
    check: ({ output }) => expect(output).toContain("No space left on device"),
  },
  {
    attempt: "writes output without end",
    result: "head and tail kept, killed at the deadline",
    enforcer: "the supervisor",
    command: () => "seq 1000000000000",
    timeout: 5,
    check: (ended) => {
      timedOut(ended);
      expect(ended.output.startsWith("1\n2\n3\n")).toBe(true);
      expect(ended.output.length).toBeLessThan(120_000);
    },
  },
  {
    attempt: "never ends, and ignores SIGTERM",
    result: "killed at the deadline",
    enforcer: "the supervisor",
    command: () => "trap '' TERM; while :; do sleep 86431; done",
    timeout: 3,
    check: timedOut,
  },
  {
    attempt: "leaves a daemonised grandchild that ignores SIGTERM",
    result: "killed with the rest at the deadline",
    enforcer: "the supervisor",
    command: () => `(setsid bash -c "trap '' TERM; (sleep 86432 &); sleep 86432" >/dev/null 2>&1 &); sleep 86433`,
    timeout: 3,
    check: timedOut,
  },
];

/** Rows as `it.each` writes them out in full. */
const titled = (attempts: readonly Attempt[]) =>
  attempts.map((one) => [one.attempt, one.result, one.enforcer, one] as const);

/** Declares the tests. The isolation is `session`, the network `internet`. */
export function escapes(localOf: () => LocalSystem): void {
  let agent: AgentTools;
  let target: Target;
  let chats: Chats;
  beforeAll(async () => {
    const local = localOf();
    agent = new AgentTools(local, "escapes");
    await new AgentTools(local, "others").run("touch /workspace/of-the-other-session /tmp/of-the-other-container");
    target = await targetOf(local);
    chats = new Chats(new Bot(local));
  });
  afterAll(() => chats?.end());

  describe("reaching", () => {
    it.each(titled(reaching))(
      "%s: %s (enforcer: %s)",
      async (_attempt, _result, _enforcer, { command, timeout, check }) => {
        const options = timeout === undefined ? {} : { timeout };
        check(await agent.run(command(target), options), target);
      },
    );

    it("finds the Worker's routes shut without a token, where it is reached (enforcer: the Worker)", async () => {
      const open = ["/api/status", "/api/audit", "/api/exec/sessions", "/v1/models"];
      const asked = open.map((route) => fetch(localOf().url + route));
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    });
  });

  describe("exhausting", () => {
    it.each(titled(exhausting))(
      "%s: %s (enforcer: %s)",
      async (_attempt, _result, _enforcer, { command, timeout, check, mayTakeContainer }) => {
        const before = await execContainers();
        check(await agent.run(command(target), timeout === undefined ? {} : { timeout }), target);
        const own = /^bash -c|sleep 8643|^seq|^python3 -/;
        const left = async () => (await commandsInside()).filter((words) => own.test(words));
        expect(await eventually(async () => (await left()).length === 0, 30), (await left()).join("\n")).toBe(true);
        const { output } = await agent.run("echo it runs on");
        if (mayTakeContainer && output.includes("could not be killed")) return;
        expect(output.trim()).toBe("it runs on"); // without a word of another container
        expect(await execContainers()).toEqual(expect.arrayContaining([...before]));
      },
    );
  });

  it("kills every process of its container: the command is lost, and the next runs in another (enforcer: ExecSession)", async () => {
    expect(await agent.run("kill -KILL -1")).toMatchObject({ exit_code: 137 });
    const { output } = await agent.run("echo elsewhere");
    expect(output).toContain("The sandbox was replaced");
    expect(output).toContain("elsewhere");
  });

  it("was answered each chat meanwhile", async () => {
    const answers = await chats.end();
    expect(answers.length).toBeGreaterThan(10);
    expect(answers.filter(({ status, text }) => status !== 200 || !text.includes("meanwhile"))).toEqual([]);
  });
}

/** A chat every second, each after the one before. */
class Chats {
  private readonly answers: { status: number; text: string }[] = [];
  private readonly bot: Bot;
  private readonly asking: Promise<void>;
  private over = false;

  constructor(bot: Bot) {
    this.bot = bot;
    this.asking = this.ask();
  }

  /** Ends it; what was answered. */
  async end(): Promise<readonly { readonly status: number; readonly text: string }[]> {
    this.over = true;
    await this.asking;
    return this.answers;
  }

  private async ask(): Promise<void> {
    while (!this.over) {
      this.answers.push(await this.bot.chat("meanwhile"));
      await pause(1_000);
    }
  }
}

async function targetOf(local: LocalSystem): Promise<Target> {
  const container = await theContainer();
  const [agentAddress = ""] = (await docker("exec", container, "hostname", "-i")).trim().split(" ");
  expect(agentAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  const reads = ["exec", "--user", "hermes", container, "sh", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n'"];
  const key = /^API_SERVER_KEY=(.+)$/m.exec(await docker(...reads))?.[1] ?? "";
  expect(key.length).toBeGreaterThan(10);
  const password = (await fs.readFile(path.join(local.stateDir, "repository-password-local"), "utf8")).trim();
  const secrets = [key, password, local.adminToken, local.clientToken, local.apiToken];
  const [machine = ""] = (await docker("exec", container, "getent", "hosts", "host.docker.internal")).split(/\s+/);
  const doors = await listeningAt(machine);
  expect(doors.length).toBeGreaterThan(1); // one for each container
  return { agentAddress, machine, doors, workerPort: Number(new URL(local.url).port), secrets };
}
