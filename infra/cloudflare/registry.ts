/**
 * The calls of a container registry (the OCI distribution protocol) that images need: who may enter, what there is, what goes.
 * State keeps this code as text, as it does `api.ts`: plain functions, libraries by `await import()` inside.
 */

/** A registry and a login for it. */
export interface Registry {
  /** `registry.cloudflare.com`, or `127.0.0.1:PORT`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** An image as its manifest describes it. */
export interface Manifest {
  readonly digest: string;
  /** When it was built, ISO 8601; "" where the image does not say. */
  readonly createdAt: string;
  /** Bytes by digest, of the configuration and of each layer. */
  readonly blobs: Readonly<Record<string, number>>;
}

/** Single images; an index of several platforms is nothing that this stack makes. */
const manifestTypes =
  "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/** Whether the registry takes this login. `undefined` when it wants another way of logging in, which docker knows. */
export async function accepts(registry: Registry): Promise<boolean | undefined> {
  const response = await ask(registry, "GET", "/v2/");
  if (response.ok) return true;
  if (response.headers.get("www-authenticate")?.toLowerCase().startsWith("bearer")) return undefined;
  if (response.status === 401 || response.status === 403) return false;
  throw new Error(`${registry.host} answered ${response.status} to a login.`);
}

/** Whether there is an image of this name and tag. @throws Error when the registry does not say */
export async function hasImage(registry: Registry, name: string, tag: string): Promise<boolean> {
  const response = await ask(registry, "HEAD", `/v2/${name}/manifests/${tag}`);
  if (response.ok) return true;
  if (response.status === 404) return false;
  throw new Error(`${registry.host} answered ${response.status} when asked for ${name}:${tag}.`);
}

/** Repositories and their tags below a prefix (the account's id). Cloudflare lists both in one answer. */
export async function listTags(registry: Registry, prefix: string): Promise<Record<string, readonly string[]>> {
  const { z } = await import("zod");
  const names = z.union([z.array(z.string()), z.record(z.string(), z.array(z.string()))]);
  const { repositories } = z.object({ repositories: names }).parse(await json(registry, "/v2/_catalog?tags=true"));
  const ours = (name: string) => name.startsWith(`${prefix}/`);
  if (!Array.isArray(repositories)) {
    return Object.fromEntries(Object.entries(repositories).filter(([name]) => ours(name)));
  }
  const tags = z.object({ tags: z.array(z.string()).nullish() });
  const listed = repositories.filter(ours).map(async (name) => {
    return [name, tags.parse(await json(registry, `/v2/${name}/tags/list`)).tags ?? []] as const;
  });
  return Object.fromEntries(await Promise.all(listed));
}

/** What a tag stands for; undefined when it is gone or is no single image. */
export async function describeTag(registry: Registry, name: string, tag: string): Promise<Manifest | undefined> {
  const { z } = await import("zod");
  const response = await ask(registry, "GET", `/v2/${name}/manifests/${tag}`);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${registry.host} answered ${response.status} when asked for ${name}:${tag}.`);
  const digest = response.headers.get("docker-content-digest");
  const blob = z.object({ digest: z.string(), size: z.number() });
  const parsed = z.object({ config: blob, layers: z.array(blob) }).safeParse(await response.json());
  if (digest === null || !parsed.success) return undefined;
  const { config, layers } = parsed.data;
  const described = z.object({ created: z.string().nullish() });
  const { created } = described.parse(await json(registry, `/v2/${name}/blobs/${config.digest}`));
  const blobs = Object.fromEntries([config, ...layers].map((one) => [one.digest, one.size]));
  return { digest, createdAt: created ?? "", blobs };
}

/** Deletes an image: by its tag, as Cloudflare does, else by its digest, as registries do that know no other way. */
export async function deleteImage(registry: Registry, name: string, tag: string, digest: string): Promise<void> {
  const byTag = await ask(registry, "DELETE", `/v2/${name}/manifests/${tag}`);
  if (byTag.ok || byTag.status === 404) return;
  const byDigest = await ask(registry, "DELETE", `/v2/${name}/manifests/${digest}`);
  if (byDigest.ok || byDigest.status === 404) return;
  throw new Error(`${registry.host} answered ${byDigest.status} when ${name}:${tag} was to be deleted.`);
}

/** Asks the registry to give back what deleted images held. Registries that do so themselves know no such call. */
export async function collectGarbage(registry: Registry): Promise<void> {
  await ask(registry, "PUT", "/v2/gc/layers");
}

async function json(registry: Registry, path: string): Promise<unknown> {
  const response = await ask(registry, "GET", path);
  if (!response.ok) throw new Error(`${registry.host} answered ${response.status} to ${path}.`);
  return await response.json();
}

function ask({ host, username, password }: Registry, method: string, path: string): Promise<Response> {
  const scheme = /^(127\.|localhost[:/]|\[::1\])/.test(`${host}/`) ? "http" : "https";
  const authorization = `Basic ${btoa(`${username}:${password}`)}`;
  return fetch(`${scheme}://${host}${path}`, { method, headers: { authorization, accept: manifestTypes } });
}
