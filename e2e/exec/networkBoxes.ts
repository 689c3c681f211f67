/** The agent's box and that of its commands, once for each policy, with nothing in their images but the SDK's server. */

import path from "node:path";
import { checkout } from "../../local/paths.ts";
import type { EngineFactory } from "../../local/runtime/engine.ts";
import { imagePrograms } from "../../local/runtime/images.ts";
import { processEngine } from "../../local/runtime/process/index.ts";
import { buildProgramImage, testDocker, whyNoDocker } from "../../local/runtime/testing/docker.ts";
import { bundleProgram, startTestRuntime } from "../../local/runtime/testing/fixture.ts";
import type { NetworkDeclaration } from "../../worker/declarationSchema.ts";
import { bundledWorker } from "../bundledWorker.ts";
import { testUpload } from "../testUpload.ts";

/** Why there is no Docker here, or undefined. */
export const missing = await whyNoDocker();

/** How a command in a container ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The agent's own box, and that of its commands. */
export const boxKinds = ["agent", "exec"] as const;

export interface Boxes {
  /** Runs a shell command in the box of that policy. */
  run(policy: string, box: (typeof boxKinds)[number], command: string): Promise<Ended>;
  stop(): Promise<void>;
}

const sandboxd = path.join(checkout, "local", "sandboxd", "index.ts");
const prefix = "registry.example/network";

/** Starts one Worker for each policy; its containers start with their first command. */
export async function startBoxes(
  engine: "docker" | "process",
  policies: Readonly<Record<string, NetworkDeclaration>>,
): Promise<Boxes> {
  const { runtime, stop } = await startTestRuntime({ engine: await engines[engine]() });
  const code = await bundledWorker("networkWorker.ts");
  for (const [name, policy] of Object.entries(policies)) {
    for (const [className, image] of [
      ["AgentBox", "hermes"],
      ["ExecBox", "exec"],
    ] as const)
      await runtime.setImage(name, className, `${prefix}-${image}:process`);
    await runtime.deploy(
      testUpload({
        ...{ name, code, classes: ["Agent", "AgentBox", "ExecBox"] },
        declared: ({ exec }) => ({ agent: policy, exec: { ...exec, ...policy } }),
      }),
    );
    await runtime.setPublic(name, true);
  }
  return {
    async run(policy, box, command) {
      const answer = await fetch(`${await runtime.url(policy)}/${box}`, { method: "POST", body: command });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
      return JSON.parse(text) as Ended;
    },
    stop,
  };
}

const engines: Readonly<Record<"docker" | "process", () => Promise<EngineFactory>>> = {
  async docker() {
    const { docker, sidecar, engine } = await testDocker();
    const content = await bundleProgram(sandboxd);
    const folders = "TALARIA_HOME=/root TALARIA_WORKSPACE=/workspace TALARIA_RUN=/run/talaria SANDBOX_VERSION=0.12.10";
    const bundle = "/etc/ssl/certs/ca-certificates.crt";
    const made = `RUN mkdir -p /workspace /run/talaria /etc/ssl/certs && touch ${bundle}\nENV ${folders}\nWORKDIR /workspace`;
    // As in container/exec/Dockerfile: the server is nobody there, and the bundle its own.
    const own = `RUN useradd --uid 10000 agent && chown agent /workspace ${bundle}\nUSER agent`;
    for (const [kind, more] of Object.entries({ hermes: made, exec: `${made}\n${own}` }))
      await buildProgramImage(docker, { reference: `${prefix}-${kind}:process`, from: sidecar, content, more });
    return engine();
  },
  process: async () =>
    processEngine(imagePrograms({ node: process.execPath, sandboxd, hermes: { venv: "/usr" }, checkout })),
};
