/** Real containers of the process engine behind the SDK's boxes: `worker/testing/boxesWorker.ts` in a runtime of its own. */
import path from "node:path";
import { checkout } from "../local/paths.ts";
import { imagePrograms } from "../local/runtime/images.ts";
import { processEngine } from "../local/runtime/process/index.ts";
import { startTestRuntime } from "../local/runtime/testing/fixture.ts";
import { bundledWorker } from "./bundledWorker.ts";
import { testUpload } from "./testUpload.ts";

export interface Boxes {
  readonly url: string;
  /** Uploads the Worker once more, which resets its objects. */
  upload(): Promise<void>;
  stop(): Promise<void>;
}

/** @param restic the program, where a test needs it; Hermes is never there */
export async function startBoxes(restic?: string): Promise<Boxes> {
  const sandboxd = path.join(checkout, "local", "sandboxd", "index.ts");
  const programs = imagePrograms({ node: process.execPath, sandboxd, hermes: { venv: "/usr", restic }, checkout });
  const content = await bundledWorker("boxesWorker.ts");
  const { runtime, stop } = await startTestRuntime({ engine: processEngine(programs) });
  for (const [className, image] of [
    ["AgentBox", "hermes"],
    ["CareBox", "care"],
  ] as const)
    await runtime.setImage("boxes", className, `registry.example/talaria-${image}:process`);
  let uploads = 0;
  const upload = () => runtime.deploy(worker(content, ++uploads));
  await upload();
  await runtime.setPublic("boxes", true);
  return { url: await runtime.url("boxes"), upload, stop };
}

function worker(code: Uint8Array, uploads: number) {
  return testUpload({
    name: "boxes",
    code,
    classes: ["Agent", "Spend", "AgentBox", "CareBox"],
    secrets: { SESSION_KEY: "talaria-session-of-this-test" },
    variables: { UPLOAD: String(uploads) },
    hasBucket: true,
  });
}
