import net from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { realSidecar } from "../docker/sidecarImage.ts";
import { testDocker, whyNoDocker } from "../testing/docker.ts";
import { eventually } from "../testing/fixture.ts";
import { type SidecarStage, setStage } from "../testing/sidecarStage.ts";

const missing = await whyNoDocker();
const docker = missing ? undefined : await testDocker();
const noReal = missing ?? (await docker?.whyNotPulled(realSidecar));
if (!missing && noReal) process.stdout.write(`skipped: the contract on the real sidecar (${noReal})\n`);

describe.each([
  { which: "stand-in", name: "contract-stand-in", reference: docker?.sidecar ?? "", skipped: missing },
  { which: "real sidecar", name: "contract-real", reference: realSidecar, skipped: noReal },
])("what workerd asks of a sidecar, of the $which", ({ name, reference, skipped }) => {
  let stage: SidecarStage;
  beforeEach(({ skip }) => skip(skipped !== undefined, `skipped: ${skipped}`));
  beforeAll(async () => {
    if (docker && !skipped) stage = await setStage(docker.docker, reference, `${name}-${process.pid}`);
  });
  afterAll(() => stage?.close());

  const tell = (port: number, internet = true) =>
    stage.control("PUT", "/egress", { port, dns: { allowHostnames: [] }, internet: { enabled: internet } });
  const fetched = (url: string) => stage.ask(`/fetch?url=${encodeURIComponent(url)}`);

  it("takes the egress port and shows a certificate", async () => {
    expect(await tell(stage.egressPorts[0])).toMatchObject({ status: 204 });
    const ca = await stage.control("GET", "/ca");
    expect(ca.status).toBe(200);
    expect(ca.text).toContain("BEGIN CERTIFICATE");
  });

  it("opens a tunnel to a port that a program listens on", async () => {
    await eventually("the program's start", async () => (await stage.connect(8080)).status === 200);
    expect(await stage.ask("/hello")).toMatchObject({ path: "/hello" });
  });

  it("answers 400 for a port that nothing listens on", async () => {
    expect((await stage.connect(4999)).status).toBe(400);
  });

  it("leads the inside host to the Worker under its name", async () => {
    expect(await fetched("http://talaria.internal/x")).toEqual({ status: 200, text: "first talaria.internal" });
    expect(stage.tunnels.at(-1)).toMatchObject({ hostname: "talaria.internal" });
    expect(stage.tunnels.at(-1)?.authority).toMatch(/:80$/);
  });

  it("leads every other connection to port 80 to the Worker too", async () => {
    expect(await fetched(`http://${stage.gateway}/`)).toEqual({ status: 200, text: `first ${stage.gateway}` });
  });

  it("follows workerd to another port", async () => {
    await tell(stage.egressPorts[1]);
    expect(await fetched("http://talaria.internal/")).toMatchObject({ text: "second talaria.internal" });
  });

  it("lets other connections out with internet only", async () => {
    const service = net.createServer((socket) => socket.on("error", () => {}).end());
    const outside = docker?.bridge ?? "";
    await new Promise<void>((resolve) => service.listen(0, outside, resolve));
    const bound = service.address();
    const dial = () => stage.ask(`/dial?host=${outside}&port=${typeof bound === "object" && bound?.port}`);
    expect(await dial()).toBe("connected");
    await tell(stage.egressPorts[1], false);
    expect(await dial()).not.toBe("connected");
    expect(await fetched("http://talaria.internal/")).toMatchObject({ text: "second talaria.internal" });
    await tell(stage.egressPorts[1]);
    expect(await dial()).toBe("connected");
    service.close();
  });
});
