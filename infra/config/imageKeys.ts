/** Keys about images and the containers that run them. */
import { z } from "zod";
import { plain, withFields } from "./key.ts";
import { debianPackages, pythonPackages } from "./packages.ts";
import { sizesFields, sizesMeaning } from "./sizes.ts";
import { count, flag, text } from "./values.ts";

const image = text.regex(/^[a-z0-9.:-]+\/\S+[:@]\S+$/, "is not an image reference with a tag or digest");
/** Percentages of a rolling step that the platform takes. */
const steps = [5, 10, 20, 25, 50, 100];

/** In the order of the README's table. */
export const imageKeys = {
  images: withFields(
    "Prebuilt images by digest, `hermes`, `exec`, `care`: what is named here is not built.",
    z.strictObject({ hermes: image.optional(), exec: image.optional(), care: image.optional() }).default({}),
    "<reference>",
  ),
  imageRegistry: plain(
    "Where the stack's own images are pushed. A loopback Cloudflare has a registry of its own.",
    text.regex(/^[a-z0-9.-]+(?::\d+)?$/, "is not the host of a registry").default("registry.cloudflare.com"),
    "registry.cloudflare.com",
  ),
  keepImages: plain(
    "Images of each kind that stay in the registry, the newest first. Those that run, and those before them, always stay.",
    count(1000).default(5),
    "5",
  ),
  extraPackages: withFields("Debian packages for the agent's commands (image `exec`).", debianPackages, "<package>"),
  extraPythonPackages: withFields(
    "Python packages for the agent's commands (image `exec`).",
    pythonPackages,
    "<package>",
  ),
  hermesVersion: plain(
    "The Hermes of the image `hermes`: a version whose hash Talaria knows, or any of PyPI with `hermesSha256`. Without it, the one that Talaria was made with.",
    text.regex(/^\d+\.\d+\.\d+(?:[.\w+-]*)$/, "is not a version such as 0.21.5").optional(),
    "0.21.5",
  ),
  hermesSha256: plain(
    "SHA-256 of the wheel of `hermesVersion` on PyPI.",
    text.regex(/^[0-9a-f]{64}$/, "is not a SHA-256 (64 hex digits)").optional(),
    "<64 hex digits>",
  ),
  baseImage: plain(
    "What both images are built on, by digest: a Debian with Python 3.13.",
    text.regex(/^[a-z0-9.:-]+\/\S+@sha256:[0-9a-f]{64}$/, "is not an image reference with a digest").optional(),
    "docker.io/library/debian@sha256:<digest>",
    "Find it with `docker buildx imagetools inspect <reference>`, then",
  ),
  codexCli: plain("Whether the image `hermes` holds OpenAI's Codex CLI.", flag.default(false), "true"),
  buildArgs: withFields(
    "Build arguments of both images beside those that the stack sets, such as `DASHBOARD` or `RESTIC_VERSION`.",
    z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of a build argument"), text).default({}),
    "<value>",
  ),
  rollout: withFields(
    "How a new image replaces running containers. `step`: percent at a time, 100 = all at once. `gracePeriod`: containers younger than this many seconds wait.",
    z
      .strictObject({
        step: z
          .int({ error: "is not a whole number" })
          .refine((value) => steps.includes(value), `is not one of ${steps.join(", ")}`)
          .default(100),
        gracePeriod: z.int({ error: "is not a whole number of seconds" }).min(0).max(3600).default(0),
      })
      .prefault({}),
    "<value>",
  ),
  sizes: withFields(sizesMeaning, sizesFields, "standard-1"),
} as const;
