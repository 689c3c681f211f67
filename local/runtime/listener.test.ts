import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../freePort.ts";
import { Listener } from "./listener.ts";

/** A door before a Worker that closes each connection at once, without an answer, as one does that refuses a body. */
async function doorBeforeOneThatCloses(): Promise<string> {
  const worker = net.createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => worker.listen(0, "127.0.0.1", resolve));
  const { port: target } = worker.address() as AddressInfo;
  const door = new Listener(
    "talaria-test",
    async () => target,
    () => undefined,
  );
  const port = await freePort();
  await door.listen(port, "ports.json");
  onTestFinished(async () => {
    await door.close();
    worker.close();
  });
  return `http://127.0.0.1:${port}/`;
}

function send(url: string, headers: http.OutgoingHttpHeaders, whole: boolean): Promise<number | string> {
  return new Promise((resolve) => {
    const request = http.request(url, { method: "POST", headers }, (response) => resolve(response.statusCode ?? 0));
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.write("part");
    if (whole) request.end();
  });
}

it("says 502 of a Worker that ends without an answer, and breaks an upload of which it did not read the rest", async () => {
  const url = await doorBeforeOneThatCloses();
  expect(await send(url, {}, true)).toBe(502);
  expect(await send(url, { "content-length": 1_000_000 }, false)).toBe("ECONNRESET");
});
