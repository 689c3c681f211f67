/** Ways to the canned model: the real proxy with and without its counter and a cap, and a Worker that only passes on. */
import fs from "node:fs/promises";
import path from "node:path";
import { bundledWorker } from "../e2e/bundledWorker.ts";
import { testUpload } from "../e2e/testUpload.ts";
import { startModel } from "../local/model/index.ts";
import type { DeployedWorker } from "../local/runtime/contract.ts";
import { startTestRuntime } from "../local/runtime/testing/fixture.ts";
import { compatibility } from "../worker/bindings.ts";
import type { SpendPolicy } from "../worker/spend/limits.ts";

const model = "custom/canned";
const price = { input: 1_000, output: 4_000 };
/** Far away: it is looked at, and never reached. Nano-dollars. */
const cap = 1e15;
const secrets = { MODEL_API_KEY: "sk-of-the-bench" };

/** What becomes of a request's cost on each way through the proxy that counts. */
const policies = {
  counted: { caps: {}, prices: { [model]: price }, unknownPrice: "refuse" },
  capped: { caps: { day: cap, month: cap, session: cap }, prices: { [model]: price }, unknownPrice: "refuse" },
} as const satisfies Record<string, SpendPolicy>;

export type Proxied = keyof typeof policies;

export interface ModelWays {
  /** Addresses to which `/v1/chat/completions` is added. */
  readonly urls: Readonly<Record<"straight" | "passOn" | "uncounted" | Proxied, string>>;
  /** Asks the Worker of one way for what `worker/testing/countedSpendWorker.ts` answers. */
  readonly bench: (way: Proxied, command: string) => Promise<unknown>;
}

/** Starts them all in one workerd, calls `work`, and ends them. */
export async function withModelWays(work: (ways: ModelWays) => Promise<void>): Promise<void> {
  const [{ runtime, stop }, canned, code] = await Promise.all([
    startTestRuntime({}),
    startModel(),
    bundledWorker("countedSpendWorker.ts"),
  ]);
  const start = async (worker: DeployedWorker): Promise<string> => {
    await runtime.deploy(worker);
    await runtime.setPublic(worker.name, true);
    return runtime.url(worker.name);
  };
  try {
    const passOn = await start(await passingOn(canned.url));
    const workers = {
      counted: await start(proxying("counted", code, canned.url)),
      capped: await start(proxying("capped", code, canned.url)),
    };
    const urls = {
      ...{ straight: canned.url, passOn, uncounted: `${workers.counted}/uncounted/model` },
      ...{ counted: `${workers.counted}/inside/model`, capped: `${workers.capped}/inside/model` },
    };
    const bench = async (way: Proxied, command: string): Promise<unknown> => {
      const answer = await fetch(`${workers[way]}/bench/${command}`);
      if (!answer.ok) throw new Error(`${command} of ${way}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    await work({ urls, bench });
  } finally {
    await stop();
    await canned.close();
  }
}

/** The Worker that only passes on. */
async function passingOn(modelUrl: string): Promise<DeployedWorker> {
  const content = await fs.readFile(path.join(import.meta.dirname, "fixtures", "passOn.js"));
  return {
    name: "pass-on",
    mainModule: "index.js",
    modules: [{ name: "index.js", contentType: "application/javascript+module", content }],
    bindings: [
      ...Object.entries(secrets).map(([name, text]) => ({ name, type: "secret_text", text })),
      { name: "MODEL", type: "plain_text", text: modelUrl },
    ],
    compatibilityDate: compatibility.date,
    compatibilityFlags: [...compatibility.flags],
    classes: {},
  };
}

/** The real proxy, held to one of {@link policies}. */
function proxying(name: Proxied, code: Uint8Array, modelUrl: string): DeployedWorker {
  const declared = () => ({ model: { default: model, baseUrl: `${modelUrl}/v1` }, spend: policies[name] });
  return testUpload({ name, code, declared, secrets, classes: ["Agent", "ExecPool", "Spend"] });
}
