/** The rules of a container's network namespace: outbound HTTP goes to the sidecar, the rest only with internet on. */
import { spawn } from "node:child_process";

/** The port that outbound connections to port 80 arrive on. */
export const redirectPort = 39080;

export interface FirewallState {
  /** Where workerd listens for what the container sends out; undefined until it has told. */
  readonly egress: { readonly host: string; readonly port: number } | undefined;
  /** Whether connections other than HTTP may leave. */
  readonly internet: boolean;
}

/**
 * The rules as a script for `nft -f`; it replaces the table as a whole. The second chain sees a redirected packet with
 * its new destination, 127.0.0.1, and its old interface. Without internet, name look-ups fail too; the hosts file still answers.
 *
 * At workerd's address only this sidecar, which is root, reaches its own listener. A program that spoke to one by itself
 * could name any address of the machine, and at the one for another container it would be taken for that container.
 */
export function firewallRules({ egress, internet }: FirewallState): string {
  const toWorker = egress
    ? `ip daddr ${egress.host} tcp dport ${egress.port} meta skuid 0 accept
    ip daddr ${egress.host} reject`
    : "";
  return `
table inet talaria
delete table inet talaria
table inet talaria {
  chain outbound_http {
    type nat hook output priority -100;
    meta nfproto ipv4 oifname != "lo" tcp dport 80 redirect to :${redirectPort}
  }
  chain everything_else {
    type filter hook output priority 0; policy accept;
    oifname "lo" accept
    ip daddr 127.0.0.0/8 accept
    ct state established,related accept
    ${toWorker}
    ${internet ? "" : "reject"}
  }
}
`;
}

/** Puts rules into force. @throws Error with nft's own words, for example without NET_ADMIN */
export async function applyFirewall(rules: string): Promise<void> {
  const child = spawn("nft", ["-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stdin.on("error", () => {}).end(rules); // its exit code tells
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (ended) => resolve(ended ?? 1));
  });
  if (code !== 0) throw new Error(`nft refused the rules: ${said.trim()}`);
}
