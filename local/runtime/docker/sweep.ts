/** Removes from the daemon what an engine made: containers first, then networks, then images. */
import { z } from "zod";
import type { DockerClient } from "./dockerClient.ts";
import { engineLabel, isOrphan, labelFilter } from "./labels.ts";

const listSchema = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));

/** Something that is gone already is fine, and so is a removal that is under way. */
const gone = [404, 409];

const imagesSchema = z.array(
  z.object({ RepoTags: z.array(z.string()).nullish(), RepoDigests: z.array(z.string()).nullish() }),
);

/** Every name in the daemon of an image of these registries: what was pushed there was tagged here first. */
export async function imagesOf(docker: DockerClient, hosts: readonly string[]): Promise<readonly string[]> {
  if (hosts.length === 0) return [];
  const list = imagesSchema.parse(await docker.json({ method: "GET", path: "/images/json" }));
  const names = list.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
  return names.filter((name) => hosts.some((host) => name.startsWith(`${host}/`)));
}

/** Removes the containers and networks that carry the engine's label, and the images in `images`. */
export async function sweep(docker: DockerClient, engineId: string, images: Iterable<string> = []): Promise<void> {
  const containers = listSchema.parse(
    await docker.json({ method: "GET", path: `/containers/json?all=1&${labelFilter(engineId)}` }),
  );
  await Promise.all(
    containers.map(({ Id }) => docker.json({ method: "DELETE", path: `/containers/${Id}?force=1&v=1` }, gone)),
  );
  const networks = listSchema.parse(await docker.json({ method: "GET", path: `/networks?${labelFilter(engineId)}` }));
  for (const { Id } of networks) await docker.json({ method: "DELETE", path: `/networks/${Id}` }, gone);
  for (const image of images)
    await docker.json({ method: "DELETE", path: `/images/${encodeURIComponent(image)}` }, gone);
}

/** Removes what engines left whose process was killed together with its watcher. @returns their ids */
export async function sweepOrphans(docker: DockerClient): Promise<readonly string[]> {
  const found = [
    ...listSchema.parse(await docker.json({ method: "GET", path: `/containers/json?all=1&${labelFilter()}` })),
    ...listSchema.parse(await docker.json({ method: "GET", path: `/networks?${labelFilter()}` })),
  ];
  const ids = new Set(found.filter(({ Labels }) => isOrphan(Labels)).map(({ Labels }) => Labels?.[engineLabel] ?? ""));
  for (const id of ids) if (id) await sweep(docker, id);
  return [...ids];
}
