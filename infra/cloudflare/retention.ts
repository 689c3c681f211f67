/** Which images may go. Pure: state keeps it as text with the resource that acts on it. */

/** An image in the registry. */
export interface StoredImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** ISO 8601, "" where the image does not say. */
  readonly createdAt: string;
}

/**
 * The images beyond the newest `keep` of each repository. One whose digest is in `used` stays, and so does one that does not
 * say how old it is.
 */
export function toPrune(
  images: readonly StoredImage[],
  { keep, used }: { readonly keep: number; readonly used: readonly string[] },
): readonly StoredImage[] {
  const repositories = [...new Set(images.map(({ repository }) => repository))];
  return repositories.flatMap((repository) =>
    images
      .filter((image) => image.repository === repository && image.createdAt !== "")
      .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.tag < b.tag ? -1 : 1))
      .slice(keep)
      .filter(({ digest }) => !used.includes(digest)),
  );
}

/** The digest of a reference; "" when it names none. */
export function digestOf(reference: string): string {
  return /@(sha256:[0-9a-f]+)$/.exec(reference)?.[1] ?? "";
}
