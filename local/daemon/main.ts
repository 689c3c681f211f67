/** The process behind `npm run local`: the loopback Cloudflare, its runtime and AI gateways, the canned model. Started by `control.ts`. */
import fs from "node:fs/promises";
import path from "node:path";
import { startAiGateway } from "../aiGateway/index.ts";
import { realAddress } from "../aiGateway/upstream.ts";
import { defaultZone, startCloudflare } from "../cloudflare/index.ts";
import { startModel } from "../model/index.ts";
import { stateDir } from "../paths.ts";
import type { LogLine } from "../runtime/engine.ts";
import { startRuntime } from "../runtime/index.ts";
import { writeWhole } from "../toolchain/folder.ts";
import { cannedKey } from "../toolchain/localDefaults.ts";
import { lastingSecret } from "../toolchain/localFiles.ts";
import { localAccountId, localZone } from "./account.ts";
import { engineKindSchema, openEngine } from "./engine.ts";
import { daemonPorts } from "./ports.ts";

const announcement = path.join(stateDir, "daemon.json");

/** Says how the start went to whoever started this process; afterwards nobody listens. */
function report(message: { ready: true } | { failed: string }): void {
  process.send?.(message, () => process.disconnect?.());
}

/** Says what the start is at. */
function tell(text: string): void {
  process.send?.({ tell: text });
}

function log({ worker, level, text }: LogLine): void {
  process.stdout.write(`${new Date().toISOString()} ${level} ${worker ?? "local"}: ${text}\n`);
}

/** Ends what was started, the last first. */
const closers: (() => Promise<void>)[] = [];
async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

try {
  const { api, model: modelPort, registry, aiGateway } = await daemonPorts(stateDir);
  // The provider takes tokens of 40 to 80 characters only.
  const apiToken = `loopback-token-${await lastingSecret(path.join(stateDir, "api-token"))}`;
  const engine = await openEngine(engineKindSchema.parse(process.env.TALARIA_ENGINE), {
    hermesVenv: process.env.TALARIA_HERMES_VENV,
    restic: process.env.TALARIA_RESTIC,
    registryPort: registry,
    tell,
  });
  closers.push(() => engine.close());
  const runtime = await startRuntime({ stateDir: path.join(stateDir, "runtime"), engine: engine.factory, log });
  closers.push(() => runtime.close());
  const model = await startModel({ port: modelPort, ledgerFile: path.join(stateDir, "model-ledger.jsonl") });
  closers.push(() => model.close());
  const cloudflare = await startCloudflare({
    stateDir: path.join(stateDir, "cloudflare"),
    port: api,
    accountId: localAccountId,
    token: apiToken,
    runtime,
    zones: [defaultZone, localZone],
    ...(engine.registry && { registry: engine.registry }),
    log: (text) => log({ worker: undefined, level: "info", text }),
  });
  const gateway = await startAiGateway({
    port: aiGateway,
    account: cloudflare.aiGateways,
    upstream: (provider, key) => (key?.startsWith(cannedKey) ? model.url : realAddress(provider)),
    ledgerFile: path.join(stateDir, "ai-gateway-ledger.jsonl"),
  });
  closers.push(() => gateway.close());
  await writeWhole(
    announcement,
    `${JSON.stringify({
      pid: process.pid,
      apiUrl: cloudflare.url,
      apiToken,
      accountId: localAccountId,
      modelUrl: `${model.url}/v1`,
      aiGatewayUrl: gateway.url,
      engine: engine.kind,
      config: engine.config,
      env: { ...engine.env, ...runtime.pulumiEnv },
      startedAt: new Date().toISOString(),
    })}\n`,
  );
  report({ ready: true });

  let closing = false;
  const close = async () => {
    if (closing) return;
    closing = true;
    await fs.rm(announcement, { force: true });
    await cloudflare.close();
    await closeAll();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, close);
} catch (error) {
  report({ failed: error instanceof Error ? error.message : String(error) });
  await closeAll();
  process.exit(1);
}
