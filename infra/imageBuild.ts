import { createHash } from "node:crypto";
import path from "node:path";
import { contextFiles, contextHash } from "../container/buildContext.ts";
import type { ApplicationName } from "../worker/bindings.ts";
import { platforms } from "./config/chat/platforms.ts";
import { mcpPackages } from "./config/hermes/mcp/declaration.ts";
import { releaseArgs } from "./config/hermes/releases.ts";
import type { BotConfig } from "./config.ts";
import { type BotNames, named } from "./naming.ts";
import { lastCommit } from "./revision.ts";

/** Images that the stack can build; Care runs the one of Hermes. */
export const builtImages = ["hermes", "exec"] as const satisfies readonly ApplicationName[];
/** One of {@link builtImages}. */
export type BuiltImage = (typeof builtImages)[number];

/** The only platform that Cloudflare runs. */
export const platform = "linux/amd64";

/** What an image is made from: a folder of the checkout, and the Dockerfile in it. The image of Hermes takes the supervisor of Exec along. */
export const contexts: Readonly<Record<BuiltImage, { readonly folder: string; readonly dockerfile: string }>> = {
  hermes: { folder: "container", dockerfile: "hermes/Dockerfile" },
  exec: { folder: "container/exec", dockerfile: "Dockerfile" },
};

/** How an image is built, and what it is called. */
export interface ImageBuild {
  /** Folder of the context, from the program's own folder. */
  readonly context: string;
  /** From the program's own folder, too. */
  readonly dockerfile: string;
  /** Registry, account and name, without tag. */
  readonly repository: string;
  /** Hash over the context and the arguments: the same tag is the same image. */
  readonly tag: string;
  /** Build arguments. */
  readonly args: Readonly<Record<string, string>>;
}

type ImagesConfig = Pick<
  BotConfig,
  | "accountId"
  | "imageRegistry"
  | "engine"
  | "images"
  | "chatPlatforms"
  | "extraPackages"
  | "extraPythonPackages"
  | "agent"
  | "codexCli"
  | "buildArgs"
  | "mcpServers"
  | "hermesVersion"
  | "hermesSha256"
  | "baseImage"
>;

/** Top of the checkout. */
const root = path.dirname(import.meta.dirname);

/** The images that this stack builds: those that run in containers and are not given by the configuration. */
export function imagesToBuild({ engine, images }: Pick<BotConfig, "engine" | "images">): readonly BuiltImage[] {
  if (engine === "process") return []; // an image is only the name of a program there
  return builtImages.filter((image) => images[image] === undefined);
}

/** How an image of this stack is built. @throws Error without a Dockerfile, pulumi.RunError in a shallow checkout */
export function imageBuild(config: ImagesConfig, names: BotNames, image: BuiltImage, top = root): ImageBuild {
  const { dockerfile } = contexts[image];
  const folder = path.join(top, contexts[image].folder);
  const chosen = { ...argumentsOf(config)[image], ...config.buildArgs };
  const tag = createHash("sha256")
    .update(JSON.stringify([contextHash(folder, dockerfile), platform, Object.entries(chosen).sort()]))
    .digest("hex")
    .slice(0, 20);
  const repository = `${config.imageRegistry}/${config.accountId}/${names.applications[image]}`;
  const revision = lastCommit(
    folder,
    contextFiles(folder, dockerfile).map((file) => file.path),
  );
  const args = { ...chosen, TALARIA_REVISION: revision, TALARIA_IMAGE: `${repository}:${tag}` };
  const context = path.posix.join("..", contexts[image].folder);
  return { context, dockerfile: `${context}/${dockerfile}`, repository, tag, args };
}

/** Tag of each image that the stack builds, "" for one that it does not. A container reports its own by it. */
export function imageTags(config: ImagesConfig, names: BotNames, top = root): Record<ApplicationName, string> {
  const built = imagesToBuild(config);
  const own = (image: BuiltImage) => (built.includes(image) ? imageBuild(config, names, image, top).tag : "");
  const [hermes, exec] = [own("hermes"), own("exec")];
  return named((application) => (application === "exec" ? exec : hermes));
}

function argumentsOf(config: ImagesConfig): Readonly<Record<BuiltImage, Readonly<Record<string, string>>>> {
  const base: Readonly<Record<string, string>> = config.baseImage === undefined ? {} : { BASE_IMAGE: config.baseImage };
  return {
    hermes: {
      ...base,
      ...releaseArgs(config),
      EXTRAS: hermesExtras(config.chatPlatforms).join(","),
      EXTRA_PACKAGES: config.agent.extraPackages.join(" "),
      EXTRA_PYTHON_PACKAGES: config.agent.extraPythonPackages.join(" "),
      CODEX_CLI: String(config.codexCli),
      MCP_PACKAGES: mcpPackages(config.mcpServers, "agent"),
    },
    exec: {
      ...base,
      EXTRA_PACKAGES: config.extraPackages.join(" "),
      EXTRA_PYTHON_PACKAGES: config.extraPythonPackages.join(" "),
      MCP_PACKAGES: mcpPackages(config.mcpServers, "exec"),
    },
  };
}

/** Optional parts of Hermes that a bot needs. `slack` and `messaging` bring the aiohttp of its API server. */
export function hermesExtras(chatPlatforms: readonly string[]): readonly string[] {
  const own = Object.values(platforms).filter(({ hermes }) => chatPlatforms.includes(hermes));
  const extras = new Set(own.flatMap(({ extra }) => extra ?? []));
  if (own.some(({ hermes }) => hermes !== "slack")) extras.add("messaging").delete("slack");
  const chat = extras.size === 0 ? ["slack"] : [...extras].sort();
  return ["mcp", "cron", "anthropic", ...chat];
}
