/** Stand-in for the server inside `docker.io/cloudflare/sandbox`: `node index.ts [-- command args…]`. See README.md. */
import type { AddressInfo } from "node:net";
import { commandAfterDashes, startMainCommand } from "./mainCommand.ts";
import { trustRuntimeCertificate } from "./runtimeCertificate.ts";
import { openSandbox } from "./sandbox.ts";
import { createServer } from "./server.ts";
import { settingsFrom } from "./settings.ts";

process.umask(0o022); // as in the image: files that are written are readable
await trustRuntimeCertificate(process.env).catch((error: unknown) => {
  console.error(
    `sandboxd: ${error instanceof Error ? error.message : String(error)}. The server does not start without it.`,
  );
  process.exit(1);
});
const settings = settingsFrom(process.env);
const sandbox = openSandbox(settings);
const server = createServer(sandbox);

server.once("error", (error: NodeJS.ErrnoException) => {
  console.error(
    `sandboxd: cannot listen on ${settings.bind}:${settings.port}: ${error.message}. ${adviceOn(error.code)}`,
  );
  process.exit(1);
});

server.listen(settings.port, settings.bind, () => {
  const { address, port } = server.address() as AddressInfo;
  console.log(`sandboxd listening on http://${address}:${port}`);
  let stopping = false;
  const command = startMainCommand(commandAfterDashes(process.argv), (exitCode) => {
    if (!stopping) process.exit(exitCode);
  });
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    command?.kill(signal);
    await sandbox.processes.killAll(); // the server answers meanwhile
    sandbox.sessions.closeAll();
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
});

function adviceOn(code: string | undefined): string {
  if (code === "EADDRINUSE") return "Set SANDBOX_PORT to a free port, or end the program that has this one.";
  return "Set TALARIA_BIND to an address of this machine.";
}
