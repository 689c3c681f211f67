/** Real containers of the process engine behind the SDK's boxes: `worker/testing/boxesWorker.ts` in a runtime of its own. */
import path from "node:path";
import { checkout } from "../local/paths.ts";
import { imagePrograms } from "../local/runtime/images.ts";
import { processEngine } from "../local/runtime/process/index.ts";
import { startTestRuntime } from "../local/runtime/testing/fixture.ts";
import { compatibility } from "../worker/bindings.ts";
import declarationText from "../worker/testing/declarationText.ts";
import { bundledWorker } from "./bundledWorker.ts";

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

function worker(content: Uint8Array, uploads: number) {
  const namespace = (name: string, class_name: string) => ({ name, type: "durable_object_namespace", class_name });
  return {
    name: "boxes",
    mainModule: "index.js",
    modules: [
      { name: "index.js", contentType: "application/javascript+module", content },
      { name: "declaration.txt", contentType: "text/plain", content: new TextEncoder().encode(declarationText) },
    ],
    bindings: [
      { name: "SNAPSHOTS", type: "r2_bucket", bucket_name: "boxes" },
      { name: "SESSION_KEY", type: "secret_text", text: JSON.stringify({ current: "talaria-session-of-this-test" }) },
      { name: "UPLOAD", type: "plain_text", text: String(uploads) },
      namespace("AGENT", "Agent"),
      namespace("SPEND", "Spend"),
      namespace("AGENT_BOX", "AgentBox"),
      namespace("CARE_BOX", "CareBox"),
    ],
    compatibilityDate: compatibility.date,
    compatibilityFlags: [...compatibility.flags],
    classes: {
      ...{ Agent: { container: false }, Spend: { container: false } },
      ...{ AgentBox: { container: true }, CareBox: { container: true } },
    },
  };
}
