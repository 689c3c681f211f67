/** Which program an image reference means on the process engine. */
import fs from "node:fs";
import path from "node:path";
import type { ContainerFolders, Program, ProgramOf } from "./program.ts";

export interface ImageOptions {
  /** The Node 24 binary that runs sandboxd. */
  readonly node: string;
  /** Entry file of the stand-in for the Sandbox SDK's server (`local/sandboxd/index.ts`). */
  readonly sandboxd: string;
  /** A Python environment with Hermes in it, and its restic; without it, Hermes images are not known. */
  readonly hermes?: { readonly venv: string; readonly restic?: string | undefined };
  /** Top of the checkout, for `container/hermes`. */
  readonly checkout: string;
}

/** Ports of the SDK's server, Hermes' API server, Hermes' dashboard, the supervisor of commands, and the one beside Hermes. */
const ports = { sandboxd: 3000, api: 8642, dashboard: 9119, supervisor: 3500, hands: 3501 } as const;

const systemPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The rule: the last path segment, without tag and digest, ends with `hermes`, `care` or `exec`. */
export function imagePrograms(options: ImageOptions): ProgramOf {
  const version = sdkVersion(options.checkout);
  const server = [options.node, options.sandboxd];
  const init = path.join(options.checkout, "container", "hermes", "bin", "talaria-init");
  const program = (command: Program["command"], declared: readonly number[], env: Program["env"]): Program => ({
    command,
    ports: declared,
    env: (folders) => ({ SANDBOX_VERSION: version, LANG: "C.UTF-8", ...env(folders) }),
  });
  return (reference) => {
    const name = repositoryName(reference);
    if (/(hermes|care)$/.test(name)) {
      const { hermes } = options;
      if (!hermes) return undefined;
      const declared = [ports.sandboxd, ports.hands, ports.api, ports.dashboard];
      return program([init, ...server], declared, () => hermesEnv(options, hermes));
    }
    if (name.endsWith("exec"))
      return program(server, [ports.sandboxd, ports.supervisor], (folders) => execEnv(options, folders));
    return undefined;
  };
}

/** `registry/account/talaria-hermes:tag@sha256:…` → `talaria-hermes`. */
export function repositoryName(reference: string): string {
  const [withoutDigest = ""] = reference.split("@");
  const last = withoutDigest.slice(withoutDigest.lastIndexOf("/") + 1);
  return last.split(":")[0] ?? "";
}

/** Hermes finds its own folder in the home (`HOME` is `TALARIA_HOME`), so nothing here names it. */
function hermesEnv(options: ImageOptions, { venv, restic }: Required<ImageOptions>["hermes"]): Record<string, string> {
  const container = path.join(options.checkout, "container", "hermes");
  return {
    PATH: searchPath([
      path.join(container, "bin"),
      path.join(options.checkout, "container", "exec", "bin"),
      path.join(venv, "bin"),
      path.dirname(options.node),
      ...(restic === undefined ? [] : [path.dirname(restic)]),
    ]),
    PYTHONPATH: container,
    PYTHONDONTWRITEBYTECODE: "1",
    VIRTUAL_ENV: venv,
  };
}

/** As in container/exec/Dockerfile: what a command installs lies in the workspace, caches lie in the temp folder. */
function execEnv(options: ImageOptions, { workspace, tmp }: ContainerFolders): Record<string, string> {
  const installed = path.join(workspace, ".local");
  const programs = path.join(options.checkout, "container", "exec", "bin");
  return {
    PATH: searchPath([programs, path.join(installed, "bin"), path.dirname(options.node)]),
    HOME: path.join(workspace, ".home"),
    PYTHONUSERBASE: installed,
    PIP_BREAK_SYSTEM_PACKAGES: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_CACHE_DIR: path.join(tmp, ".cache", "pip"),
    NPM_CONFIG_PREFIX: installed,
    NPM_CONFIG_CACHE: path.join(tmp, ".cache", "npm"),
    NPM_CONFIG_UPDATE_NOTIFIER: "false",
  };
}

function searchPath(first: readonly string[]): string {
  return [...first, ...systemPath].join(":");
}

/** The image's tag equals the package's version, so the version that the server reports does too. */
function sdkVersion(checkout: string): string {
  const file = path.join(checkout, "node_modules", "@cloudflare", "sandbox", "package.json");
  const { version } = JSON.parse(fs.readFileSync(file, "utf8")) as { version: string };
  return version;
}
