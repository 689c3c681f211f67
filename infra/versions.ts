import packageJson from "../package.json" with { type: "json" };

/** Versions that the declaration and the image references carry. */
export const versions = {
  talaria: packageJson.version,
  /** The release of Hermes Agent that the images hold. */
  hermes: "0.21.5",
  /** The Sandbox SDK; the tag of its base image is the same. */
  sdk: packageJson.dependencies["@cloudflare/sandbox"],
  /** The provider that builds the images. */
  docker: packageJson.dependencies["@pulumi/docker"],
} as const;
