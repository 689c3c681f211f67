import { describe, expect, it } from "vitest";
import { containerRequest, createSchema, isSidecar, sidecarRequest } from "./createRequest.ts";

const labels = { "dev.talaria.engine": "e" };
const network = { name: "talaria-e", gateway: "172.18.0.1" };
const sidecar = createSchema.parse({
  Image: "cloudflare/proxy-everything:1",
  Cmd: ["--http-ingress-address", "0.0.0.0:39001"],
  ExposedPorts: { "39001/tcp": {} },
  Labels: { "dev.workerd.session": "0123456789abcdef" },
  HostConfig: { NetworkMode: "bridge", PublishAllPorts: true, Dns: ["1.1.1.1"], CapAdd: ["NET_ADMIN"] },
});
const container = createSchema.parse({
  Image: "talaria/bot/app",
  Env: ["TALARIA_BIND=10.0.0.1", "A=1"],
  HostConfig: {
    NetworkMode: "container:workerd-0123456789abcdef-bot-App-1-proxy",
    RestartPolicy: { Name: "on-failure", MaximumRetryCount: 0 },
  },
});

describe("a create call of workerd", () => {
  it("is one for a sidecar when it exposes the sidecar's port", () => {
    expect([isSidecar(sidecar), isSidecar(container)]).toEqual([true, false]);
  });

  it("puts a sidecar on the engine's network, published on loopback only", () => {
    const changed = sidecarRequest(sidecar, { image: "talaria/sidecar:1", network, labels });
    expect(changed).toMatchObject({
      Image: "talaria/sidecar:1",
      Cmd: ["--http-ingress-address", "0.0.0.0:39001"],
      Labels: labels,
      HostConfig: {
        NetworkMode: "talaria-e",
        PublishAllPorts: false,
        PortBindings: { "39001/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
        CapAdd: ["NET_ADMIN"],
      },
    });
    expect(changed).not.toHaveProperty("HostConfig.Dns");
    expect(changed).not.toHaveProperty(["Labels", "dev.workerd.session"]);
  });

  it("starts a container from the application's reference, beside its sidecar, never restarted by Docker", () => {
    const image = `127.0.0.1:5000/bot@sha256:${"a".repeat(64)}`;
    expect(containerRequest(container, { image, sidecar: "talaria-e-x-proxy", labels })).toMatchObject({
      Image: image,
      Labels: labels,
      HostConfig: { NetworkMode: "container:talaria-e-x-proxy", RestartPolicy: { Name: "no" } },
    });
  });

  it("bounds a container's memory by its instance type, swap included, where one is declared", () => {
    const changed = (memoryMib?: number) =>
      containerRequest(container, { image: "i:1", memoryMib, sidecar: "s", labels });
    expect(changed(256)).toMatchObject({ HostConfig: { Memory: 268_435_456, MemorySwap: 268_435_456 } });
    expect(changed()).not.toHaveProperty("HostConfig.Memory");
  });

  it("gets the contract's environment, in which the Worker's own variables win", () => {
    const changed = containerRequest(container, { image: "i:1", sidecar: "s", labels });
    expect(changed).toMatchObject({
      Env: ["TALARIA_IMAGE=i:1", "TALARIA_URL=http://talaria.internal", "TALARIA_BIND=10.0.0.1", "A=1"],
    });
  });
});
