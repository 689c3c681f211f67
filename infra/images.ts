import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationName } from "../worker/bindings.ts";
import { RegistryLogin } from "./cloudflare/registryLogin.ts";
import { typedFor } from "./config/problem.ts";
import type { BotConfig } from "./config.ts";
import { type BuiltImage, imageBuild, imagesToBuild, platform } from "./imageBuild.ts";
import { tooLarge } from "./imageFit.ts";
import { type BotNames, named } from "./naming.ts";
import { versions } from "./versions.ts";

/** Image reference of each container application, by digest wherever an image is pulled. */
export type ImageReferences = Readonly<Record<ApplicationName, pulumi.Output<string>>>;

/** What a bot's images are made from. */
export interface BotImagesArgs {
  readonly config: BotConfig;
  readonly names: BotNames;
}

/** The images that a bot runs: built and pushed by the stack, or prebuilt ones from the configuration. */
export class BotImages extends pulumi.ComponentResource {
  readonly references: ImageReferences;
  /** Repositories that the stack pushes to. */
  readonly repositories: readonly string[];

  constructor(name: string, { config, names }: BotImagesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("talaria:index:BotImages", name, {}, opts);
    const builds = imagesToBuild(config).map((image) => [image, imageBuild(config, names, image)] as const);
    const pushed: Partial<Record<BuiltImage, pulumi.Output<string>>> = Object.fromEntries(
      builds.map(([image, build]) => [image, pushedImage(`${name}-${image}`, config, build, this)]),
    );
    this.references = named((application) => {
      const given = config.images[application];
      if (given !== undefined) return pulumi.output(given);
      const like = application === "care" ? "hermes" : application;
      const built = pushed[like]?.apply((reference) => fitting(reference, application, config));
      return built ?? pulumi.output(config.images[like] ?? programName(config, names, application));
    });
    this.repositories = builds.map(([, { repository }]) => repository);
    this.registerOutputs({});
  }
}

/** Builds and pushes one image; its reference by digest. */
function pushedImage(
  name: string,
  { accountId, imageRegistry }: BotConfig,
  { context, dockerfile, repository, tag, args }: ReturnType<typeof imageBuild>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const imageName = `${repository}:${tag}`;
  const build = { context, dockerfile, platform, args: { ...args } };
  const login = new RegistryLogin(
    `${name}-login`,
    { accountId, registry: imageRegistry, image: imageName, build: JSON.stringify([versions.docker, build]) },
    { parent },
  );
  const { username, password } = login;
  const registry = { server: imageRegistry, username, password };
  return new docker.Image(name, { imageName, build, registry }, { parent }).repoDigest;
}

/** The same reference. @throws pulumi.RunError where its containers would have too small a disk */
async function fitting(reference: string, application: ApplicationName, { sizes, stack }: BotConfig): Promise<string> {
  const lack = await tooLarge(reference, application, sizes[application]);
  if (lack !== undefined) throw new pulumi.RunError(typedFor(stack, lack));
  return reference;
}

/** The process engine runs programs of the checkout; a reference only says which. */
function programName({ accountId, imageRegistry }: BotConfig, names: BotNames, application: ApplicationName): string {
  return `${imageRegistry}/${accountId}/${names.applications[application]}:${versions.talaria}`;
}
