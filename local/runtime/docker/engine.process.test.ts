import net from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type TestDocker, testDocker, whyNoDocker } from "../testing/docker.ts";
import { type Bot, containerWorker, image, startBot, startTestRuntime } from "../testing/fixture.ts";

const missing = await whyNoDocker();
/** This machine, as workerd's create call names it in a container. */
const machineName = "host.docker.internal";
const addressSchema = z.object({
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })) }),
});

describe("the Docker engine", () => {
  let docker: TestDocker;
  let bot: Bot;
  const services: net.Server[] = [];

  /** A service of this machine. */
  const listen = (address: string) =>
    new Promise<number>((resolve) => {
      const server = net
        .createServer((socket) => socket.on("error", () => {}).end("here\n")) // a dialer may be cut at any time
        .listen(0, address, () => {
          const bound = server.address();
          resolve(typeof bound === "object" && bound ? bound.port : 0);
        });
      services.push(server);
    });
  const dial = (object: string, host: string, port: number) => bot.json(`/${object}/dial?host=${host}&port=${port}`);
  let onLoopback: number;
  let onBridge: number;

  beforeEach(({ skip }) => skip(missing !== undefined, `skipped: ${missing}`));
  beforeAll(async () => {
    if (missing) return;
    docker = await testDocker();
    onLoopback = await listen("127.0.0.1");
    bot = await startBot(docker.engine());
    onBridge = await listen(docker.bridge);
  });
  afterAll(async () => {
    await bot?.stop();
    for (const service of services) service.close();
  });

  it("runs the program as the first process of a container with a file system of its own", async () => {
    expect(await bot.json("/app/a/pid")).toBe(1);
    const command = encodeURIComponent(
      JSON.stringify(["sh", "-c", "ls /program.mjs; test -e /root/.bashrc || echo own"]),
    );
    expect((await bot.json(`/exec/a?a=${command}`)).stdout).toContain("/program.mjs");
  });

  it("reaches no service of this machine that listens on loopback", async () => {
    expect(await dial("app/a", "127.0.0.1", onLoopback)).toBe("ECONNREFUSED");
    expect(await dial("app/a", machineName, onLoopback)).toBe("ECONNREFUSED");
  });

  it("lets nothing out without internet, except to the Worker's handlers", async () => {
    expect(await dial("app/a", docker.bridge, onBridge)).toBe("connected");
    expect(await dial("closed/a", docker.bridge, onBridge)).not.toBe("connected");
    const inside = encodeURIComponent("http://talaria.internal/x");
    expect(await bot.json(`/closed/a/fetch?url=${inside}`)).toEqual({ status: 200, text: "inside" });
    const outside = encodeURIComponent(`http://${machineName}/`);
    expect(await bot.json(`/closed/a/fetch?url=${outside}`)).not.toMatchObject({ status: 200 });
  });

  it("keeps the containers from each other", async () => {
    await bot.json("/app/b/boot");
    const [name] = (await docker.running((await bot.get("/id/b")).text)).filter((one) => one.endsWith("-proxy"));
    const found = await docker.docker.json({ method: "GET", path: `/containers${name}/json` });
    const [network] = Object.values(addressSchema.parse(found).NetworkSettings.Networks);
    expect(await dial("app/b", network?.IPAddress ?? "", 8080)).toBe("connected");
    expect(await dial("app/a", network?.IPAddress ?? "", 8080)).toBe("timeout");
  });

  it("gives a container no say in its own sidecar", async () => {
    const control = encodeURIComponent("http://127.0.0.1:39001/ca");
    expect(await bot.json(`/app/a/fetch?url=${control}`)).toMatchObject({ status: 403 });
  });

  it("leaves neither container nor network when it is closed", async () => {
    const before = await docker.traces();
    const test = await startTestRuntime({ engine: docker.engine() });
    await test.runtime.setImage("gone", "App", image);
    await test.runtime.deploy(await containerWorker("gone"));
    await test.runtime.setPublic("gone", true);
    expect((await fetch(`${await test.runtime.url("gone")}/app/a/boot`)).status).toBe(200);
    expect((await docker.traces()).length).toBe(before.length + 3);
    await test.stop();
    expect(await docker.traces()).toEqual(before);
  });
});
