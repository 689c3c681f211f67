/** Which image the sidecars run from: the platform's own where it can be pulled, else the stand-in. */
import { buildSidecarImage } from "../sidecar/image.ts";
import type { DockerClient } from "./dockerClient.ts";
import type { Images } from "./images.ts";
import { engineLabels } from "./labels.ts";

/** What Miniflare would have workerd start. */
export const realSidecar =
  process.env.MINIFLARE_CONTAINER_EGRESS_IMAGE ??
  "cloudflare/proxy-everything:3cb1195@sha256:0ef6716c52430096900b150d84a3302057d6cd2319dae7987128c85d0733e3c8";

export interface SidecarImageChoice {
  readonly engineId: string;
  readonly images: Images;
  /** Finds or makes a Debian image for the stand-in. */
  readonly base: () => Promise<string>;
}

/** The image, and the reason when it is the stand-in. */
export async function chooseSidecarImage(
  docker: DockerClient,
  { engineId, images, base }: SidecarImageChoice,
): Promise<{ readonly image: string; readonly standInBecause?: string }> {
  try {
    await images.ensure(realSidecar);
    return { image: realSidecar };
  } catch (error) {
    const standInBecause = error instanceof Error ? error.message : String(error);
    const { reference, made } = await buildSidecarImage(docker, { base: await base(), labels: engineLabels(engineId) });
    if (made) images.add(reference);
    return { image: reference, standInBecause };
  }
}
