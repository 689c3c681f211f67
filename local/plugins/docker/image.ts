/** `docker.Image`: built by the docker client, pushed with the given login, known by the digest that the registry answers. */
import fs from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { contextHash } from "../../../container/buildContext.ts";
import { isObject, isUnknown, type Json, type Properties, unknown } from "../server/properties.ts";
import type { Call, Change, Resource } from "../server/provider.ts";
import { buildImage, isRefusal, pushImage } from "./dockerClient.ts";
import { type ImageInputs, imageInputs, inputProblems } from "./inputs.ts";

/** Inputs as they were when the image was made; the real plugin keeps them under the same name. */
const keptInputs = "__inputs";

/** The resource. Its state follows what was pushed and never asks the registry again. */
export const image: Resource = {
  secretOutputs: [keptInputs],

  check(_call, news) {
    if (isUnknown(news.imageName) || isUnknown(news.build)) return [];
    const problems = inputProblems(known(news));
    return problems.length > 0 ? problems : dockerfileProblems(imageInputs(known(news)));
  },

  /** The digest of the context is an input that nobody declares: a changed file is a changed image. */
  complete(_call, news) {
    if (isUnknown(news.build)) return news;
    const { context, dockerfile, platform } = imageInputs(known({ ...news, imageName: String(news.imageName) }));
    const build = isObject(news.build) ? news.build : {};
    const contextDigest = contextHash(context, path.relative(context, dockerfile));
    return { ...news, build: { ...build, contextDigest, platform: platform ?? `linux/${architecture()}` } };
  },

  diff(_call, olds, news) {
    const before = isObject(olds[keptInputs]) ? olds[keptInputs] : {};
    const names = [...new Set([...Object.keys(before), ...Object.keys(news)])].filter((name) => !name.startsWith("__"));
    const changes = names.flatMap((property): Change[] => {
      if (isDeepStrictEqual(compared(property, before[property]), compared(property, news[property]))) return [];
      if (before[property] === undefined) return [{ property, kind: "add" }];
      return [{ property, kind: news[property] === undefined ? "delete" : "update" }];
    });
    return { changes, replaces: [] };
  },

  async create(call, news) {
    const state = call.preview ? previewed(news) : await make(call, news);
    return { id: call.preview ? "" : String(news.imageName), state };
  },

  read: async (_call, id, state, given) => ({ id, state, inputs: given }),

  update: async (call, _id, _olds, news) => (call.preview ? previewed(news) : make(call, news)),

  // An image lives in a registry; the real plugin, too, leaves it there.
  delete: async () => {},
};

/** Builds, pushes, and tells what came of it. */
async function make(call: Call, news: Properties): Promise<Properties> {
  const wanted = imageInputs(news);
  const docker = { signal: call.signal, onLine: (line: string) => call.log.status(call.urn, line) };
  try {
    await buildImage(wanted, docker);
    if (wanted.skipPush) return { ...outputs(wanted), [keptInputs]: news };
    call.log.status(call.urn, `pushing ${wanted.imageName}`);
    const repoDigest = `${repositoryOf(wanted.imageName)}@${await pushImage(wanted, docker)}`;
    return { ...outputs(wanted), repoDigest, [keptInputs]: news };
  } catch (error) {
    throw isRefusal(error) ? new Error(refused(wanted, error), { cause: error }) : error;
  } finally {
    await call.log.flush();
  }
}

function outputs({ imageName, context, dockerfile, platform, registry }: ImageInputs): Properties {
  return {
    imageName,
    baseImageName: imageName,
    context,
    dockerfile: path.relative(context, dockerfile),
    registryServer: registry.server ?? "",
    ...(platform !== undefined && { platform }),
  };
}

function previewed(news: Properties): Properties {
  return { imageName: news.imageName ?? unknown, baseImageName: unknown, repoDigest: unknown, [keptInputs]: news };
}

/** A login changes all the time; only another server is a change. */
function compared(property: string, value: Json | undefined): Json | undefined {
  if (property !== "registry" || !isObject(value)) return value;
  return { server: value.server ?? null };
}

/** Values that a resource before this one has yet to make are left out. */
function known(news: Properties): Properties {
  return Object.fromEntries(
    Object.entries(news)
      .filter(([, value]) => !(typeof value === "string" && isUnknown(value)))
      .map(([name, value]) => [name, isObject(value) ? known(value) : value]),
  );
}

function dockerfileProblems({ dockerfile }: ImageInputs): readonly string[] {
  if (fs.existsSync(dockerfile)) return [];
  return [`could not open dockerfile at relative path ${dockerfile} (from ${process.cwd()})`];
}

function repositoryOf(imageName: string): string {
  return imageName.replace(/:[^:/]+$/, "");
}

/** Node's name of an architecture → Docker's. */
function architecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

function refused({ imageName, registry }: ImageInputs, error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return (
    `The registry ${registry.server ?? ""} refused the image ${imageName}: the login may have expired, or the API token lacks ` +
    `the permission "Workers Containers: Edit". \`pulumi up\` asks for a new login.\n${said}`
  );
}
