import type { Declaration } from "../declarationSchema.ts";

/**
 * The image that a container runs, in the declaration's words. The platform and the local engines know a digest; a container
 * itself knows only the tag that was built into it, and tags are hashes of what was built.
 */
export function runningImage(
  reported: string | null | undefined,
  { images, tags }: Pick<Declaration, "images" | "tags">,
): string {
  if (!reported || reported === images.hermes) return images.hermes;
  const sameTag = tags?.hermes && reported.endsWith(`:${tags.hermes}`);
  return sameTag ? images.hermes : reported;
}
