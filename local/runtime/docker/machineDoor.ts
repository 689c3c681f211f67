/** Lets containers reach a service of this machine that listens on 127.0.0.1, such as the canned model. */
import net from "node:net";

/** Passes `address`:`port` to 127.0.0.1:`port`. Resolves when it listens. */
export async function openMachineDoor(address: string, port: number): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const upstream = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    upstream.on("error", () => socket.destroy()).on("close", () => socket.destroySoon());
    socket.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
  server.unref();
  return server;
}
