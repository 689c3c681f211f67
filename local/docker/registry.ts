/** A container registry on loopback, with a login. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../freePort.ts";
import { findProgram, run } from "../toolchain/run.ts";
import { docker, dockerOutput } from "./client.ts";
import type { Docker } from "./daemon.ts";
import { systemProgram } from "./packages.ts";

/** Where there is no program `docker-registry`, the same software from its image. */
const image = "docker.io/library/registry:2.8.3";
const startMs = 30_000;

export interface Registry {
  /** `127.0.0.1:PORT`: plain HTTP, which Docker allows on loopback. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Ends it and removes what was pushed, unless it is to be kept. */
  close(): Promise<void>;
}

export interface StartRegistryOptions {
  /** For the image, where the program is not installed. */
  readonly docker: Docker;
  /** Folder for the pushed layers and the configuration; it is removed in the end. */
  readonly folder: string;
  /** Leaves the folder, so that images outlive the registry as the stacks that name them do. @default false */
  readonly keep?: boolean;
  /** @default talaria */
  readonly username?: string;
  /** @default a random one */
  readonly password?: string;
  /** @default a free one */
  readonly port?: number;
}

/** Starts the registry; it answers when this returns. It ends with this process. */
export async function startRegistry(options: StartRegistryOptions): Promise<Registry> {
  const { folder, username = "talaria", password = randomBytes(18).toString("base64url") } = options;
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  await fs.writeFile(path.join(folder, "htpasswd"), `${username}:${await bcrypt(username, password)}\n`, {
    mode: 0o600,
  });
  const program = systemProgram("docker-registry");
  const started = program === undefined ? await fromImage(options) : await fromProgram(program, options);
  const close = async () => {
    await started.end();
    if (!options.keep) await fs.rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(started.host, username, password);
  } catch (error) {
    await close();
    throw error;
  }
  return { host: started.host, username, password, close };
}

interface Started {
  readonly host: string;
  end(): Promise<void>;
}

/** The configuration file is JSON, which is YAML. */
function configuration(addr: string, root: string, htpasswd: string): string {
  return JSON.stringify({
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
    auth: { htpasswd: { realm: "talaria", path: htpasswd } },
    http: { addr },
  });
}

/** A shell between, whose input ends with this process, ends the registry when this process is killed. */
async function fromProgram(program: string, { folder, port }: StartRegistryOptions): Promise<Started> {
  const host = `127.0.0.1:${port ?? (await freePort())}`;
  const file = path.join(folder, "registry.json");
  await fs.writeFile(file, configuration(host, path.join(folder, "data"), path.join(folder, "htpasswd")));
  const script = '"$0" serve "$1" </dev/null >"$2" 2>&1 & trap "kill $!" TERM INT; cat; kill $!; wait $!';
  const child = spawn("sh", ["-c", script, program, file, path.join(folder, "registry.log")], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  return { host, end: () => ended(child) };
}

async function fromImage({ docker: { env }, folder, port }: StartRegistryOptions): Promise<Started> {
  const file = path.join(folder, "config.yml");
  await fs.writeFile(file, configuration("0.0.0.0:5000", "/var/lib/registry", "/etc/docker/registry/htpasswd"));
  const published = `127.0.0.1:${port ?? 0}:5000`;
  const id = await dockerOutput(env, ["create", "--rm", "--label", "dev.talaria=registry", "-p", published, image]);
  const end = async () => void (await docker(env, ["rm", "-f", "-v", id]));
  try {
    for (const name of ["config.yml", "htpasswd"])
      await dockerOutput(env, ["cp", path.join(folder, name), `${id}:/etc/docker/registry/${name}`]);
    await dockerOutput(env, ["start", id]);
    const [host = ""] = (await dockerOutput(env, ["port", id, "5000/tcp"])).split("\n");
    return { host, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The one kind of hash that the registry takes. `htpasswd` where there is one, else the C library by way of Perl. */
async function bcrypt(username: string, password: string): Promise<string> {
  if (findProgram("htpasswd", process.env.PATH) !== undefined) {
    const { code, stdout } = await run("htpasswd", ["-n", "-i", "-B", username], { input: password });
    if (code === 0) return stdout.trim().slice(username.length + 1);
  }
  const salt = randomBytes(16).toString("base64url").replace(/[-_]/g, "x").slice(0, 21);
  const script = "my $p = <STDIN>; my $h = crypt($p, $ARGV[0]); exit 1 unless $h && $h =~ /^\\$2y\\$/; print $h";
  const { code, stdout } = await run("perl", ["-e", script, `$2y$05$${salt}.`], { input: password });
  if (code !== 0)
    throw new Error("Nothing here makes a bcrypt hash for the registry's login.\nNext: apt-get install apache2-utils");
  return stdout.trim();
}

async function answering(host: string, username: string, password: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  let last = "it does not answer";
  for (const deadline = performance.now() + startMs; performance.now() < deadline; await sleep(100)) {
    try {
      const { status } = await fetch(`http://${host}/v2/`, { headers: { authorization } });
      if (status === 200) return;
      last = `it answers ${status}`;
    } catch {
      // not listening yet: `last` says so when time is up
    }
  }
  throw new Error(`The registry at ${host} did not start: ${last}.`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.ref();
  child.stdin?.end();
  await exit;
}
