/** What the real server does before it listens where HTTPS is intercepted: everything that it starts trusts the authority. */
import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const systemBundle = "/etc/ssl/certs/ca-certificates.crt";
const waitMs = 5000;

/**
 * With `SANDBOX_INTERCEPT_HTTPS` the platform's certificate joins the system's bundle, and variables name both. `env` is changed.
 * @throws Error where the certificate does not come or the bundle is not this user's: the real server does not start then
 */
export async function trustRuntimeCertificate(env: NodeJS.ProcessEnv): Promise<void> {
  if (env.SANDBOX_INTERCEPT_HTTPS !== "1") return;
  const file = env.SANDBOX_CA_CERT || "/etc/cloudflare/certs/cloudflare-containers-ca.crt";
  for (const end = Date.now() + waitMs; !fs.existsSync(file); await pause(100))
    if (Date.now() > end) throw new Error(`HTTPS is intercepted, but ${file} did not come within 5 seconds`);
  const certificate = fs.readFileSync(file, "utf8");
  env.NODE_EXTRA_CA_CERTS = file;
  if (!fs.existsSync(systemBundle)) return;
  fs.appendFileSync(systemBundle, `\n${certificate}`);
  for (const name of ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"])
    env[name] = systemBundle;
}
