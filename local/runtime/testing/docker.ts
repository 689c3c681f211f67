/** The Docker engine for tests, where a daemon answers, with the fixture's image in it. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { DockerEnv } from "../../docker/client.ts";
import { ensureDebianBase } from "../../docker/debianBase.ts";
import { dockerPaths, dockerRoot } from "../../docker/folders.ts";
import { runningDocker } from "../../docker/running.ts";
import { DockerClient } from "../docker/dockerClient.ts";
import { Images } from "../docker/images.ts";
import { type DockerEngineOptions, dockerEngine } from "../docker/index.ts";
import { ownerFilter } from "../docker/labels.ts";
import type { EngineFactory } from "../engine.ts";
import { buildImage, buildSidecarImage } from "../sidecar/image.ts";
import { bundleProgram, image, program } from "./fixture.ts";

const listSchema = z.array(z.object({ Names: z.array(z.string()) }));

const bridgeSchema = z.object({
  IPAM: z.object({ Config: z.tuple([z.object({ Gateway: z.string() })]).rest(z.unknown()) }),
});

const idsSchema = z.array(z.object({ Id: z.string() }));

export interface TestDocker {
  readonly docker: DockerClient;
  /** The stand-in's image. */
  readonly sidecar: string;
  /** For docker clients. */
  readonly env: DockerEnv;
  /** This machine's address on the daemon's own bridge: containers reach it, other machines do not, and workerd listens elsewhere. */
  readonly bridge: string;
  /** Names of the running containers whose name contains the text. */
  running(text: string): Promise<readonly string[]>;
  /** Why an image cannot be had, or undefined when the daemon has it now. */
  whyNotPulled(reference: string): Promise<string | undefined>;
  /** Ids of the containers and networks that the engines of a process have made. @param pid default: this process */
  traces(pid?: number): Promise<readonly string[]>;
  engine(options?: Partial<DockerEngineOptions>): EngineFactory;
}

/** Why tests on Docker are skipped, or undefined. */
export async function whyNoDocker(): Promise<string | undefined> {
  const running = await runningDocker(dockerPaths(dockerRoot), process.env);
  if (running === undefined) return "no Docker daemon answers";
  return "wrong" in running ? running.wrong : undefined;
}

/** Prepares the daemon: the stand-in, and the fixture program as `image` and as version 2. Their tags stay, as a cache. */
export async function testDocker(): Promise<TestDocker> {
  const running = await runningDocker(dockerPaths(dockerRoot), process.env);
  if (!running || "wrong" in running) throw new Error("no Docker daemon answers");
  const { env } = running;
  const socket = env.DOCKER_HOST;
  const docker = new DockerClient(socket);
  const { name: base } = await ensureDebianBase(env, () => {});
  const { reference: sidecar } = await buildSidecarImage(docker, { base });
  const content = await bundleProgram(program);
  for (const reference of [image, image.replace(":1", ":2")])
    await buildProgramImage(docker, { reference, from: sidecar, content });
  const bridge = bridgeSchema.parse(await docker.json({ method: "GET", path: "/networks/bridge" })).IPAM.Config[0]
    .Gateway;
  const standard = { socket, sidecarBase: async () => base, keepImages: true };
  return {
    docker,
    env,
    bridge,
    sidecar,
    engine: (options = {}) => dockerEngine({ ...standard, ...options }),
    whyNotPulled: (reference) =>
      new Images(docker, { logins: [], added: () => {} }).ensure(reference).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    async traces(pid = process.pid) {
      const paths = [`/containers/json?all=1&${ownerFilter(pid)}`, `/networks?${ownerFilter(pid)}`];
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
