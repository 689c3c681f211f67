/** Hermes alone: the same program, venv and settings as in the container, without container, sandboxd and Worker. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { LocalSystem } from "../e2e/harness.ts";
import { freePort } from "../local/freePort.ts";
import type { ChatEndpoint } from "./chat.ts";
import type { GatewayProcess } from "./gatewayProcess.ts";

const pollMs = 20;
const readyWithinMs = 180_000;
const endsWithinMs = 45_000;

/** Surroundings that only a container of ours has. */
const ofContainer = /^(TALARIA_|CLOUDFLARE_|SANDBOX_|PYTHONPATH$)/;

/** What a gateway was started with, kept beyond its end. */
export interface HermesSetup {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, unknown>>;
  readonly token: string;
  /** Hermes' managed settings. */
  readonly managed: Readonly<Record<string, unknown>>;
  /** The home's own config.yaml. */
  readonly homeConfig: string;
  /** State folder of the local system that the model belongs to; its end ends this Hermes too. */
  readonly stateDir: string;
}

/** Reads what the container's gateway runs with. The model is asked directly, not through the Worker. */
export async function setupOf(gateway: GatewayProcess, { modelUrl, stateDir }: LocalSystem): Promise<HermesSetup> {
  const { HERMES_HOME, HERMES_MANAGED_DIR, API_SERVER_KEY } = gateway.environment;
  const text = await fs.readFile(path.join(HERMES_MANAGED_DIR, "config.yaml"), "utf8");
  const managed = z.looseObject({ model: z.looseObject({}) }).parse(JSON.parse(text));
  const kept = Object.entries(gateway.environment).filter(([name]) => !ofContainer.test(name));
  return {
    command: gateway.command,
    environment: Object.fromEntries(kept),
    token: API_SERVER_KEY,
    managed: { ...managed, model: { ...managed.model, base_url: modelUrl, api_key: "canned-model" } },
    homeConfig: await fs.readFile(path.join(HERMES_HOME, "config.yaml"), "utf8"),
    stateDir,
  };
}

/** A Hermes in a fresh folder of its own. */
export class BareHermes {
  readonly endpoint: ChatEndpoint;
  private readonly folder: string;
  private readonly child: ChildProcess;

  private constructor(folder: string, child: ChildProcess, endpoint: ChatEndpoint) {
    this.folder = folder;
    this.child = child;
    this.endpoint = endpoint;
  }

  /** Prepares the folder, then calls `onStart` and starts the program. */
  static async start(setup: HermesSetup, onStart: () => void): Promise<BareHermes> {
    const folder = await fs.mkdtemp(path.join(setup.stateDir, "hermes-"));
    const at = (name: string) => path.join(folder, name);
    for (const name of ["home", "home/.hermes", "managed", "tmp", "workspace"]) await fs.mkdir(at(name));
    await fs.writeFile(at("home/.hermes/config.yaml"), setup.homeConfig);
    const settings = { ...setup.managed, terminal: { cwd: at("workspace") } };
    await fs.writeFile(at("managed/config.yaml"), JSON.stringify(settings));
    const port = await freePort();
    const own = {
      HOME: at("home"),
      HERMES_HOME: at("home/.hermes"),
      HERMES_MANAGED_DIR: at("managed"),
      HERMES_GATEWAY_LOCK_DIR: at("locks"),
      TMPDIR: at("tmp"),
      PWD: at("workspace"),
      API_SERVER_HOST: "127.0.0.1",
      API_SERVER_PORT: String(port),
      TALARIA_STATE_DIR: setup.stateDir,
    };
    const env = { ...(setup.environment as NodeJS.ProcessEnv), ...own };
    const [program = "", ...args] = setup.command;
    onStart();
    const child = spawn(program, args, { cwd: at("workspace"), env, stdio: "ignore", detached: true });
    child.on("error", () => {}); // `waitFor` tells that it does not answer
    return new BareHermes(folder, child, { url: `http://127.0.0.1:${port}`, token: setup.token });
  }

  /** Until `route` answers 200 with `text` in its body. @throws Error when Hermes ends or takes three minutes */
  async waitFor(route: string, text: string): Promise<void> {
    const { url, token } = this.endpoint;
    for (const end = Date.now() + readyWithinMs; Date.now() < end; await pause(pollMs)) {
      if (this.child.exitCode !== null) throw new Error(`Hermes ended with exit code ${this.child.exitCode}.`);
      const answer = await fetch(url + route, { headers: { authorization: `Bearer ${token}` } })
        .then(async (response) => response.ok && (await response.text()))
        .catch(() => false as const); // nobody listens yet
      if (answer !== false && answer.includes(text)) return;
    }
    throw new Error(`Hermes did not answer on ${route} within ${readyWithinMs / 1000} s.`);
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    const { pid } = this.child;
    if (pid !== undefined && this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.kill("SIGTERM");
      const timer = setTimeout(() => process.kill(-pid, "SIGKILL"), endsWithinMs);
      await ended;
      clearTimeout(timer);
    }
    await fs.rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
