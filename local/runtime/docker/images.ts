/** Gets images into the daemon: by reference, from a registry with its login, and remembers which were not there before. */
import { z } from "zod";
import { type DockerClient, DockerRefused } from "./dockerClient.ts";

/** A registry that wants a login. */
export interface RegistryLogin {
  /** As references begin: `127.0.0.1:5000`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

const lineSchema = z.looseObject({ error: z.string().optional() });

/** Splits `repository[:tag][@digest]`; Docker pulls by one of the two, and the digest says more. */
export function splitReference(reference: string): { readonly repository: string; readonly version: string } {
  const [name = "", digest] = reference.split("@");
  const colon = name.lastIndexOf(":");
  const tagged = colon > name.lastIndexOf("/");
  const repository = tagged ? name.slice(0, colon) : name;
  return { repository, version: digest ?? (tagged ? name.slice(colon + 1) : "latest") };
}

/** The registry's host of a reference; undefined for Docker Hub. */
export function registryHost(reference: string): string | undefined {
  const [first = "", ...rest] = reference.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : undefined;
}

export interface ImagesOptions {
  readonly logins: readonly RegistryLogin[];
  /** An image is in the daemon now that was not there before. */
  added(reference: string): void;
}

export class Images {
  /** Images that this engine brought into the daemon. */
  readonly added = new Set<string>();
  readonly #docker: DockerClient;
  readonly #options: ImagesOptions;
  readonly #pulling = new Map<string, Promise<void>>();

  constructor(docker: DockerClient, options: ImagesOptions) {
    this.#docker = docker;
    this.#options = options;
  }

  /** Remembers an image that was built. */
  add(reference: string): void {
    this.added.add(reference);
    this.#options.added(reference);
  }

  /** Makes sure that the daemon has the image; calls at the same time share one pull. @throws Error with the registry's words */
  ensure(reference: string): Promise<void> {
    const running = this.#pulling.get(reference);
    if (running) return running;
    const pulling = this.#ensure(reference).finally(() => this.#pulling.delete(reference));
    this.#pulling.set(reference, pulling);
    return pulling;
  }

  async #ensure(reference: string): Promise<void> {
    if (await this.#docker.has(`/images/${encodeURIComponent(reference)}/json`)) return;
    const { repository, version } = splitReference(reference);
    const login = this.#options.logins.find(({ host }) => host === registryHost(reference));
    let failed: string | undefined;
    const query = new URLSearchParams({ fromImage: repository, tag: version });
    try {
      await this.#docker.json({
        method: "POST",
        path: `/images/create?${query}`,
        headers: login ? { "X-Registry-Auth": authHeader(login) } : {},
        onLine: (line) => {
          failed = lineSchema.parse(JSON.parse(line)).error ?? failed;
        },
      });
    } catch (error) {
      if (error instanceof DockerRefused) throw new Error(`Image ${reference} cannot be pulled: ${error.message}`);
      throw error;
    }
    if (failed !== undefined) throw new Error(`Image ${reference} cannot be pulled: ${failed}`);
    this.add(reference);
  }
}

/** Docker takes the URL alphabet of base64, and only with its padding. */
function authHeader({ host, username, password }: RegistryLogin): string {
  const text = JSON.stringify({ username, password, serveraddress: host });
  return Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
