/** What this machine's package clients need, as an image that a build mounts and never copies. */
import fs from "node:fs/promises";
import path from "node:path";
import { run } from "../toolchain/run.ts";

/** Where the image is mounted while a stage runs (`build/machine.py` of each context). */
const mounted = "/run/build-machine";

/** Variables that name a file of CAs, for Python, pip, npm and Node. */
const caVariables = [
  "SSL_CERT_FILE",
  "PIP_CERT",
  "REQUESTS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "npm_config_cafile",
] as const;
/** Settings that go along as they are. */
const passed =
  /^(PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT|RETRIES)|UV_(INDEX|DEFAULT_INDEX|INDEX_URL))$/i;

/** Files of the image: name → content. Empty where the machine has no settings of its own. */
export async function machineFiles(env: NodeJS.ProcessEnv): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const lines = Object.entries(env).flatMap(([name, value]) =>
    passed.test(name) && value ? [`${name}=${value}`] : [],
  );
  const authorities = await caBundle(env);
  if (authorities !== undefined) {
    files.set("ca.crt", authorities);
    lines.push(...caVariables.map((name) => `${name}=${path.posix.join(mounted, "ca.crt")}`));
  }
  for (const [name, setting] of [
    ["pip.conf", "PIP_CONFIG_FILE"],
    ["npmrc", "npm_config_userconfig"],
  ] as const) {
    const text = name === "pip.conf" ? await pipSettings(env) : await npmSettings(env);
    if (text === "") continue;
    files.set(name, text);
    lines.push(`${setting}=${path.posix.join(mounted, name)}`);
  }
  if (lines.length > 0) files.set("environment", `${lines.join("\n")}\n`);
  return files;
}

async function caBundle(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = caVariables.map((name) => env[name]).find((file) => file !== undefined && file !== "");
  return named === undefined ? undefined : await fs.readFile(named, "utf8").catch(() => undefined);
}

/** Index settings of pip's own files, without those that name files of this machine. */
async function pipSettings(env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await run("python3", ["-m", "pip", "config", "list"], {
    env: { ...env, PIP_CONFIG_FILE: undefined },
  });
  const settings = stdout.split("\n").flatMap((line) => {
    const found = /^global\.(index-url|extra-index-url|trusted-host)=(.*)$/.exec(line);
    return found === null ? [] : [`${found[1]} = ${found[2]?.replace(/^'|'$/g, "")}`];
  });
  return settings.length === 0 ? "" : `[global]\n${settings.join("\n")}\n`;
}

/** The registry that npm is set to, unless it is npm's own. */
async function npmSettings(env: NodeJS.ProcessEnv): Promise<string> {
  const ask = async (from: NodeJS.ProcessEnv, ...options: string[]) =>
    (await run("npm", ["config", "get", "registry", ...options], { env: from })).stdout.trim();
  const registry = await ask(env);
  const unset = { ...env, npm_config_registry: undefined, NPM_CONFIG_REGISTRY: undefined };
  const own = await ask(unset, "--userconfig=/dev/null", "--globalconfig=/nonexistent/npmrc");
  return registry === "" || registry === "undefined" || registry === own ? "" : `registry=${registry}\n`;
}
