import net from "node:net";
import { describe, expect, it } from "vitest";
import { firewallRules } from "./firewall.ts";
import { listensOnLocalhost } from "./listening.ts";
import { hostOf, readHead } from "./requestHead.ts";
import { readSettings } from "./settings.ts";

describe("the sidecar's stand-in", () => {
  it("reads workerd's command line and passes over what it does not know", () => {
    const args = ["--http-egress-port", "33793", "--http-ingress-address", "0.0.0.0:39001", "--dns-enabled"];
    expect(readSettings(args)).toEqual({ host: "0.0.0.0", port: 39001 });
    expect(readSettings([])).toEqual({ host: "0.0.0.0", port: 39001 });
  });

  it.each([
    ["GET / HTTP/1.1\r\nHost: Talaria.Internal:80\r\n\r\n", "talaria.internal"],
    ["POST /x HTTP/1.1\r\nA: b\r\nhost:example.test\r\n\r\nHost: body", "example.test"],
    ["GET / HTTP/1.1\r\nX-Host: no\r\n\r\nHost: body.test\r\n", undefined],
  ])("finds the host of a request: %j", (text, host) => {
    expect(hostOf(Buffer.from(text))).toBe(host);
  });

  it("keeps every byte that came with a request's head", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const client = net.connect(typeof address === "object" && address ? address.port : 0, "127.0.0.1");
    const [socket] = await new Promise<net.Socket[]>((resolve) => server.once("connection", (s) => resolve([s])));
    if (!socket) throw new Error("no connection");
    const sent = "POST / HTTP/1.1\r\nHost: a\r\n\r\nbody and more";
    for (const part of [sent.slice(0, 20), sent.slice(20, 30), sent.slice(30)]) {
      client.write(part);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    client.end();
    const chunks = [await readHead(socket)];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe(sent);
    client.destroy();
    socket.destroy();
    server.close();
  });

  it("closes everything but HTTP and the way to the Worker without internet, and nothing with it", () => {
    const egress = { host: "172.18.0.1", port: 4000 };
    const closed = firewallRules({ egress, internet: false });
    expect(closed).toContain("ip daddr 172.18.0.1 tcp dport 4000 meta skuid 0 accept");
    expect(closed).toMatch(/^ *reject$/m);
    expect(firewallRules({ egress, internet: true })).not.toMatch(/^ *reject$/m);
  });

  it("lets nobody but itself to workerd, which would take another for whom it listens for", () => {
    const egress = { host: "172.18.0.1", port: 4000 };
    for (const internet of [true, false])
      expect(firewallRules({ egress, internet })).toMatch(/skuid 0 accept\n *ip daddr 172\.18\.0\.1 reject\n/);
  });

  it("tells a listener on 127.0.0.1 from one on all addresses", () => {
    const head = "  sl  local_address rem_address   st\n";
    const local = `${head}   0: 0100007F:21C2 00000000:0000 0A 0`;
    const all = `${head}   0: 00000000:21C2 00000000:0000 0A 0`;
    expect([listensOnLocalhost(local, 8642), listensOnLocalhost(all, 8642)]).toEqual([true, false]);
  });
});
