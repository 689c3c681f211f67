/** The Docker engine for tests, where a daemon answers, with the fixture's image in it. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { DockerClient } from "../docker/dockerClient.ts";
import { type DockerEngineOptions, dockerEngine } from "../docker/index.ts";
import { labelFilter } from "../docker/labels.ts";
import type { EngineFactory } from "../engine.ts";
import { buildImage, buildSidecarImage } from "../sidecar/image.ts";
import { bundleProgram, image, program } from "./fixture.ts";

const listSchema = z.array(z.object({ Names: z.array(z.string()) }));

const idsSchema = z.array(z.object({ Id: z.string() }));

export interface TestDocker {
  readonly docker: DockerClient;
  /** The stand-in's image. */
  readonly sidecar: string;
  /** A Debian image. */
  readonly base: string;
  /** Names of the running containers whose name contains the text. */
  running(text: string): Promise<readonly string[]>;
  /** Ids of all containers and networks with the engine's label. */
  traces(): Promise<readonly string[]>;
  engine(options?: Partial<DockerEngineOptions>): EngineFactory;
}

/** Why tests on Docker are skipped, or undefined. */
export async function whyNoDocker(): Promise<string | undefined> {
  const socket = process.env.DOCKER_HOST;
  if (!socket) return "DOCKER_HOST names no daemon";
  try {
    const docker = new DockerClient(socket);
    if (!(await docker.has("/_ping"))) return `the daemon at ${socket} refuses`;
    return (await docker.has(`/images/${encodeURIComponent(base())}/json`)) ? undefined : `it has no image ${base()}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Prepares the daemon: the stand-in, and the fixture program as `image` and as version 2. */
export async function testDocker(): Promise<TestDocker> {
  const socket = process.env.DOCKER_HOST ?? "";
  const docker = new DockerClient(socket);
  const { reference: sidecar } = await buildSidecarImage(docker, { base: base() });
  const content = await bundleProgram(program);
  for (const reference of [image, image.replace(":1", ":2")])
    await buildProgramImage(docker, { reference, from: sidecar, content });
  const standard = { socket, sidecarBase: async () => base(), keepImages: true };
  return {
    docker,
    sidecar,
    base: base(),
    engine: (options = {}) => dockerEngine({ ...standard, ...options }),
    async traces() {
      const paths = [`/containers/json?all=1&${labelFilter()}`, `/networks?${labelFilter()}`];
      const lists = await Promise.all(paths.map((path) => docker.json({ method: "GET", path })));
      return lists.flatMap((list) => idsSchema.parse(list).map(({ Id }) => Id));
    },
    async running(text) {
      const filters = encodeURIComponent(JSON.stringify({ name: [text] }));
      const list = listSchema.parse(await docker.json({ method: "GET", path: `/containers/json?filters=${filters}` }));
      return list.flatMap(({ Names }) => Names);
    },
  };
}

export interface ProgramImage {
  readonly reference: string;
  /** An image with Node. */
  readonly from: string;
  readonly content: Uint8Array;
  /** Lines for the Dockerfile. */
  readonly more?: string;
}

/** An image that runs one bundled program of Node's. */
export async function buildProgramImage(docker: DockerClient, options: ProgramImage): Promise<void> {
  const { reference, from, content, more = "" } = options;
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-fixture-"));
  fs.writeFileSync(path.join(context, "program.mjs"), content);
  const lines = [`FROM ${from}`, "COPY program.mjs /program.mjs", more, `LABEL fixture=${reference}`, "ENTRYPOINT []"];
  fs.writeFileSync(path.join(context, "Dockerfile"), [...lines, 'CMD ["node", "/program.mjs"]', ""].join("\n"));
  try {
    await buildImage(docker, { context, reference, labels: {} });
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
}

function base(): string {
  return process.env.TALARIA_TEST_BASE ?? "talaria-base/debian:trixie";
}
