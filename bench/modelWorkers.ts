/** Ways to the canned model: the real proxy with and without its counter and a cap, and a Worker that only passes on. */
import fs from "node:fs/promises";
import path from "node:path";
import { bundledWorker } from "../e2e/bundledWorker.ts";
import { startModel } from "../local/model/index.ts";
import type { DeployedWorker } from "../local/runtime/contract.ts";
import { startTestRuntime } from "../local/runtime/testing/fixture.ts";
import { compatibility } from "../worker/bindings.ts";
import type { Declaration } from "../worker/declarationSchema.ts";
import type { SpendPolicy } from "../worker/spend/limits.ts";
import declarationText from "../worker/testing/declarationText.ts";

export const model = "custom/canned";
const price = { input: 1_000, output: 4_000 };
/** Far away: it is looked at, and never reached. Nano-dollars. */
const cap = 1e15;
const key = { name: "MODEL_API_KEY", type: "secret_text", text: "sk-of-the-bench" };

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
  const upload = async (name: string, worker: Pick<DeployedWorker, "modules" | "bindings" | "classes">) => {
    const { date: compatibilityDate, flags } = compatibility;
    const common = { mainModule: "index.js", compatibilityDate, compatibilityFlags: [...flags] };
    await runtime.deploy({ name, ...common, ...worker });
    await runtime.setPublic(name, true);
    return runtime.url(name);
  };
  const script = (content: Uint8Array) => ({ name: "index.js", contentType: "application/javascript+module", content });
  const proxied = async (name: Proxied): Promise<string> => {
    const declaration = JSON.parse(declarationText) as Declaration;
    const own = { model: { default: model, baseUrl: `${canned.url}/v1` }, spend: policies[name] };
    const text = new TextEncoder().encode(JSON.stringify({ ...declaration, ...own }));
    const classes = { AGENT: "Agent", EXEC_POOL: "ExecPool", SPEND: "Spend" };
    return upload(name, {
      modules: [script(code), { name: "declaration.txt", contentType: "text/plain", content: text }],
      bindings: [
        key,
        ...Object.entries(classes).map(([binding, class_name]) => ({
          ...{ name: binding, type: "durable_object_namespace", class_name },
        })),
      ],
      classes: Object.fromEntries(Object.values(classes).map((name) => [name, { container: false }])),
    });
  };
  try {
    const passOn = await fs.readFile(path.join(import.meta.dirname, "fixtures", "passOn.js"));
    const least = await upload("pass-on", {
      modules: [script(passOn)],
      bindings: [key, { name: "MODEL", type: "plain_text", text: canned.url }],
      classes: {},
    });
    const workers = {
      counted: await proxied("counted"),
      capped: await proxied("capped"),
    };
    const inside = ([way, url]: [string, string]) => [way, `${url}/inside/model`];
    const urls = {
      ...{ straight: canned.url, passOn: least, uncounted: `${workers.counted}/uncounted/model` },
      ...(Object.fromEntries(Object.entries(workers).map(inside)) as Record<Proxied, string>),
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
