/** What `docker.Image` takes, as far as the stand-in knows it, and the defaults of the real plugin. */
import path from "node:path";
import { z } from "zod";
import type { Properties } from "../server/properties.ts";

const buildSchema = z.strictObject({
  context: z.string().default("."),
  dockerfile: z.string().optional(),
  platform: z.string().optional(),
  args: z.record(z.string(), z.string()).default({}),
  target: z.string().optional(),
  network: z.string().optional(),
  /** Computed at every check, never declared. */
  contextDigest: z.string().optional(),
});

const registrySchema = z.strictObject({
  server: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
});

const schema = z.strictObject({
  imageName: z.string(),
  build: buildSchema.prefault({}),
  registry: registrySchema.default({}),
  skipPush: z.boolean().default(false),
  buildOnPreview: z.boolean().optional(),
});

/** An image to build, defaults filled in. */
export interface ImageInputs {
  readonly imageName: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly platform: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  readonly network: string | undefined;
  readonly registry: z.infer<typeof registrySchema>;
  readonly skipPush: boolean;
}

/** Problems of the shape, as a user reads them. */
export function inputProblems(news: Properties): readonly string[] {
  const parsed = schema.safeParse(declared(news));
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => {
    const where = issue.path.join(".");
    if (issue.code === "unrecognized_keys") {
      const names = issue.keys.map((key) => `'${where === "" ? "" : `${where}.`}${key}'`).join(", ");
      return `The stand-in (local/plugins) does not know ${names} of docker.Image.`;
    }
    if (where === "imageName" && news.imageName === undefined)
      return "'imageName' is missing: name the image, with its registry.";
    return `'${where}': ${issue.message}`;
  });
}

/** The inputs of an image. Call it after {@link inputProblems} found none. */
export function imageInputs(news: Properties): ImageInputs {
  const { imageName, build, registry, skipPush } = schema.parse(declared(news));
  const { context, platform, args, target, network } = build;
  const dockerfile = build.dockerfile ?? path.join(context, "Dockerfile");
  return { imageName, context, dockerfile, platform, args, target, network, registry, skipPush };
}

/** Without what the engine adds. */
function declared(news: Properties): Properties {
  return Object.fromEntries(Object.entries(news).filter(([name]) => !name.startsWith("__")));
}
