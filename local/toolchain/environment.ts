/** Environments in which `pulumi` runs. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { checkout } from "../paths.ts";
import { localFiles } from "./localFiles.ts";
import type { Plugins } from "./plugins.ts";
import type { PulumiCli } from "./pulumiCli.ts";
import { findProgram } from "./run.ts";

/** Programs of this checkout's npm packages, Node 24 first of all. */
const nodeBin = path.join(checkout, "node_modules", ".bin");

/** Would lead a local stack to the user's own backend, secrets or Cloudflare account. */
const foreign = /^(PULUMI_(?!DEBUG|EXPERIMENTAL|SKIP_CONFIRMATIONS)|CLOUDFLARE_)/;

export interface LocalEnvironmentInput {
  readonly stack: string;
  readonly stateDir: string;
  readonly pulumi: PulumiCli;
  readonly plugins: Plugins;
  /** @default this process's own environment */
  readonly base?: NodeJS.ProcessEnv;
}

/** The environment of a local stack: backend, passphrase and plugins of its own, nothing of the user's accounts. */
export function localEnvironment(input: LocalEnvironmentInput): NodeJS.ProcessEnv {
  const { stack, stateDir, pulumi, plugins, base = process.env } = input;
  const files = localFiles(stateDir);
  const clean = Object.fromEntries(Object.entries(base).filter(([name]) => !foreign.test(name)));
  return {
    ...clean,
    PATH: joinPath([nodeBin, plugins.bin, pulumi.bin, base.PATH]),
    PULUMI_HOME: pulumi.home,
    PULUMI_BACKEND_URL: pathToFileURL(files.backend).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: files.passphrase,
    PULUMI_STACK: stack,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(plugins.kind === "stand-ins" ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
  };
}

/** The user's own environment, with Node 24 in front and, behind everything, a CLI where he has none. */
export function ownEnvironment(base: NodeJS.ProcessEnv, pulumi: PulumiCli | undefined): NodeJS.ProcessEnv {
  return { ...base, PATH: joinPath([nodeBin, base.PATH, pulumi?.bin]) };
}

/** Whether the user has a CLI, of whatever version. */
export function hasOwnPulumi(base: NodeJS.ProcessEnv): boolean {
  return findProgram("pulumi", base.PATH) !== undefined;
}

function joinPath(folders: readonly (string | undefined)[]): string {
  return folders.filter((folder) => folder !== undefined && folder !== "").join(path.delimiter);
}
