/** A Worker beside the bot's that does the least: one token compared, the request passed on by one object. */
import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { LocalSystem } from "../e2e/harness.ts";
import { compatibility } from "../worker/bindings.ts";
import type { ChatEndpoint } from "./chat.ts";

const script = "workers/scripts/plain-proxy";
const token = "token-of-the-plain-proxy";

/** Uploads it in front of a gateway. */
export async function deployPlainProxy(local: LocalSystem, gateway: ChatEndpoint): Promise<ChatEndpoint> {
  const text = (name: string, value: string) => ({ name, type: "secret_text", text: value });
  const metadata = {
    main_module: "plainProxy.js",
    compatibility_date: compatibility.date,
    compatibility_flags: compatibility.flags,
    bindings: [
      { name: "DOOR", type: "durable_object_namespace", class_name: "Door" },
      ...[text("TOKEN", token), text("GATEWAY", gateway.url), text("GATEWAY_KEY", gateway.token)],
    ],
    exports: { Door: { type: "durable-object", storage: "sqlite" } },
  };
  const code = await fs.readFile(path.join(import.meta.dirname, "fixtures", "plainProxy.js"));
  const form = new FormData();
  form.set("metadata", JSON.stringify(metadata));
  form.set("plainProxy.js", new File([code], "plainProxy.js", { type: "application/javascript+module" }));
  for (const [method, route, body] of [
    ["PUT", script, form],
    ["POST", `${script}/subdomain`, { enabled: true, previews_enabled: false }],
  ] as const) {
    const { success, errors } = await local.cloudflare(method, route, body);
    if (!success) throw new Error(`${method} ${route}: ${JSON.stringify(errors)}`);
  }
  const ports = await fs.readFile(path.join(local.stateDir, "runtime", "ports.json"), "utf8");
  const { "plain-proxy": port } = z.record(z.string(), z.number()).parse(JSON.parse(ports));
  return { url: `http://127.0.0.1:${port}`, token };
}
