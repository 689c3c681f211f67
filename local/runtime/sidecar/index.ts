/**
 * Stands in for the platform's egress sidecar (`cloudflare/proxy-everything`), where that cannot be pulled. Runs in an
 * image, in the network namespace that it shares with one container, with NET_ADMIN.
 */
import dns from "node:dns/promises";
import fs from "node:fs";
import os from "node:os";
import { egressServer } from "./egress.ts";
import { applyFirewall, firewallRules, redirectPort } from "./firewall.ts";
import { ingressServer } from "./ingress.ts";
import { listensOnLocalhost } from "./listening.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.argv.slice(2));
const own = Object.values(os.networkInterfaces()).flatMap((addresses) => addresses ?? []);
const address = own.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
/** workerd's create call gives this name to the machine that it runs on. */
const { address: workerd } = await dns.lookup("host.docker.internal", { family: 4 });

let egress: { readonly host: string; readonly port: number } | undefined;
const explained = new Set<number>();

await applyFirewall(firewallRules({ egress, internet: false }));
egressServer(() => egress).listen(redirectPort, "127.0.0.1");
const ingress = ingressServer({
  address,
  trusted: (remote) => !own.some((mine) => mine.address === remote?.replace(/^::ffff:/, "")),
  async egress({ port, internet }) {
    egress = { host: workerd, port };
    await applyFirewall(firewallRules({ egress, internet: internet.enabled }));
  },
  refused(port) {
    if (explained.has(port) || !listensOnLocalhost(fs.readFileSync("/proc/net/tcp", "utf8"), port)) return;
    explained.add(port);
    process.stdout.write(
      `port ${port}: a program listens on 127.0.0.1 only. Cloudflare dials a container on its own address: bind 0.0.0.0:${port} (environment variable TALARIA_BIND)\n`,
    );
  },
});
ingress.listen(settings.port, settings.host);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
