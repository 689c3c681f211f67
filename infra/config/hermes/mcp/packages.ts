/** The packages that a stdio server's command needs. They are installed when the image is built: nothing is fetched at run time. */
import { z } from "zod";

/** How a package is installed. */
export type PackageManager = "npm" | "pip";

/** A command as its image has it: what to install, and what then runs. */
export interface InstalledCommand {
  readonly manager: PackageManager;
  /** Each with its exact version. */
  readonly packages: readonly string[];
  /** The program; "" is the one that npm's package brings. */
  readonly program: string;
  /** Its arguments, without those that named a package. */
  readonly args: readonly string[];
}

/** A command that installs something as it starts, and does not say exactly what. */
export interface Unpinned {
  /** Completes "talaria:mcpServers.<name> …". */
  readonly reason: string;
  readonly next: string;
}

const pip = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[A-Za-z0-9._,-]+\])?==[A-Za-z0-9.+!_-]+$/;
const npm = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*@\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]+)?$/;
const exactVersion = /^[0-9][A-Za-z0-9.+!_-]*$/;

/** They reach a shell in the build, so nothing else passes. */
export const packageForm = z
  .string({ error: "is not text" })
  .refine(
    (value) => pip.test(value) || npm.test(value),
    "is not a package with its exact version (name==1.2.3, or name@1.2.3 of npm)",
  );

const installers = ["npx", "npm", "uvx", "uv", "pipx"];

/**
 * What has to be in the image for a command; undefined where it needs nothing but what is there. `extra` are the declared
 * packages beside the one that the command names.
 */
export function installedCommand(
  command: string,
  args: readonly string[],
  extra: readonly string[] = [],
): InstalledCommand | Unpinned | undefined {
  if (command === "npx" || (command === "npm" && (args[0] === "exec" || args[0] === "x")))
    return ofNpx(command === "npx" ? args : args.slice(1), extra);
  if (command === "uvx" || command === "pipx" || (command === "uv" && args[0] === "tool"))
    return ofUvx(command === "uvx" ? args : args.slice(command === "uv" ? 2 : 1), extra);
  if (installers.includes(command))
    return {
      reason: `starts \`${command} ${args[0] ?? ""}\`, which is nothing that an image can be built from.`,
      next: "Start it by npx, uvx, or a program of the packages.",
    };
  if (extra.length === 0) return undefined;
  const manager = managerOf(extra);
  if (manager === undefined) return mixed;
  return { manager, packages: extra, program: command, args };
}

function ofNpx(args: readonly string[], extra: readonly string[]): InstalledCommand | Unpinned {
  const named: string[] = [];
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "-p" || arg === "--package") named.push(args[++at] ?? "");
    else if (arg.startsWith("--package=")) named.push(arg.slice("--package=".length));
    else if (arg === "--") {
      at++;
      break;
    } else if (!arg.startsWith("-")) break;
  }
  const [first = "", ...rest] = args.slice(at);
  const packages = named.length === 0 ? [first] : named;
  for (const one of packages)
    if (!npm.test(one)) return unpinned(one, `${nameOfNpm(one)}@1.2.3`, `npm view ${nameOfNpm(one)} version`);
  if (extra.some((one) => !npm.test(one))) return mixed;
  return { manager: "npm", packages: [...packages, ...extra], program: named.length === 0 ? "" : first, args: rest };
}

function ofUvx(args: readonly string[], extra: readonly string[]): InstalledCommand | Unpinned {
  const named: string[] = [];
  let from: string | undefined;
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--from") from = args[++at] ?? "";
    else if (arg.startsWith("--from=")) from = arg.slice("--from=".length);
    else if (arg === "--with") named.push(args[++at] ?? "");
    else if (arg === "--python" || arg === "-p") at++;
    else if (arg === "run") continue;
    else if (!arg.startsWith("-")) break;
  }
  const [first = "", ...rest] = args.slice(at);
  const [tool = "", , version = ""] = /^([^@=]+)(@|==)?(.*)$/.exec(first)?.slice(1) ?? [];
  const own = from ?? (exactVersion.test(version) ? `${tool}==${version}` : first);
  const program = from === undefined ? tool.replace(/\[.*\]$/, "") : first;
  for (const one of [own, ...named]) {
    if (pip.test(one)) continue;
    const name = one.replace(/[@=<>~!\s].*$/, "");
    return unpinned(
      one,
      from === undefined && one === own ? `${name}@1.2.3` : `${name}==1.2.3`,
      `pip index versions ${name}`,
    );
  }
  if (extra.some((one) => !pip.test(one))) return mixed;
  return { manager: "pip", packages: [own, ...named, ...extra], program, args: rest };
}

function managerOf(packages: readonly string[]): PackageManager | undefined {
  if (packages.every((one) => pip.test(one))) return "pip";
  return packages.every((one) => npm.test(one)) ? "npm" : undefined;
}

const nameOfNpm = (one: string) => one.replace(/(?<=.)@.*$/, "");

const mixed: Unpinned = {
  reason: "needs packages of npm and of Python at once.",
  next: "A command has one of them; what it starts itself belongs into the image: talaria:agent.extraPackages.",
};

function unpinned(found: string, pin: string, look: string): Unpinned {
  if (found === "") return { reason: "names no package.", next: `Name it with its exact version: ${pin}.` };
  return {
    reason: `installs "${found}", which may be another one tomorrow: it goes into the image in one exact version.`,
    next: `Find the version with \`${look}\` and write ${pin}.`,
  };
}
