/**
 * What the containers of the agent and of its commands reach under each policy, attempt → result. The classes are the real
 * ones; each row names who enforces it: the SDK's ContainerProxy in workerd, or on Docker the stand-in for the platform's
 * sidecar. What the platform's own network does is not proven here, and the process engine isolates nothing.
 */
import http from "node:http";
import net from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testDocker } from "../../local/runtime/testing/docker.ts";
import type { NetworkDeclaration } from "../../worker/declarationSchema.ts";
import { listeningAt } from "./listeningAt.ts";
import { type Boxes, boxKinds, missing, startBoxes } from "./networkBoxes.ts";

/** An address that is listed, so that the list is met without a resolver. Its configuration would be refused, and so would that of the pattern. */
const listed = "127.0.0.1";
const policies = {
  internet: { network: "internet", hosts: [] },
  none: { network: "none", hosts: [] },
  allowlist: { network: "allowlist", hosts: [listed, "*.internal"] },
} as const satisfies Record<string, NetworkDeclaration>;
const names = ["internet", "none", "allowlist"] as const;

/** Of no machine (RFC 5737). */
const nowhere = "192.0.2.7";
const refusedByList = "520 Origin is disallowed";

const program = (code: string) => `node -e '${code.replaceAll(/\s+/g, " ")}'`;
/** A command that prints status and body of an HTTP answer, or why there is none. */
const fetching = (url: string, host?: string) =>
  program(`
    const request = require("http").get("${url}", { timeout: 5000, headers: ${JSON.stringify(host ? { host } : {})} });
    request.on("response", async (answer) => {
      let text = answer.statusCode + " ";
      for await (const piece of answer) text += piece;
      process.stdout.write(text);
    });
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", (error) => process.stdout.write(error.code || error.message));`);
/** A command that prints `connected`, or why not. */
const dialling = (host: string, port: number) =>
  program(`
    const socket = require("net").connect({ host: "${host}", port: ${port}, timeout: 3000 });
    socket.on("connect", () => process.stdout.write("connected") && socket.destroy());
    socket.on("timeout", () => socket.destroy(new Error("timeout")));
    socket.on("error", (error) => process.stdout.write(error.code || error.message));`);

const insideUrl = "http://talaria.internal/declaration";
const declared = '"bot":"talaria-test"';

describe("the network of containers on Docker", () => {
  let boxes: Boxes;
  let outsidePort = 0;
  let machinePort = 0;
  let machine = "";
  /** Another address of this machine, which stands for the internet. */
  let away = "";
  let awayPort = 0;
  const services: net.Server[] = [];

  const listen = async (server: net.Server, address: string) => {
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    services.push(server);
    const bound = server.address();
    return typeof bound === "object" && bound ? bound.port : 0;
  };
  const told = async (...attempt: Parameters<Boxes["run"]>) => (await boxes.run(...attempt)).stdout;

  beforeEach(({ skip }) => skip(missing !== undefined, `skipped: ${missing}`));
  beforeAll(async () => {
    if (missing) return;
    boxes = await startBoxes("docker", policies);
    outsidePort = await listen(
      http.createServer((request, response) => response.end(`outside for ${request.headers.host}`)),
      "127.0.0.1",
    );
    machine = (await told("internet", "exec", "getent hosts host.docker.internal")).split(/\s+/)[0] ?? "";
    away = (await testDocker()).bridge;
    const taking = () => net.createServer((socket) => socket.on("error", () => {}).end());
    machinePort = await listen(taking(), machine);
    awayPort = await listen(taking(), away);
  });
  afterAll(async () => {
    for (const service of services) service.close();
    await boxes?.stop();
  });

  it.each(names)("agent, %s: reaches the inside host (enforcer: ContainerProxy in workerd)", async (policy) => {
    expect(await told(policy, "agent", fetching(insideUrl))).toContain(declared);
  });

  it.each([
    ["internet", "no_inside_host", "stand-in"],
    ["none", refusedByList, "ContainerProxy in workerd"],
    // A list that names the inside host, which the configuration refuses: no handler of the class answers even so.
    ["allowlist", "500 ", "ContainerProxy in workerd"],
  ] as const)("exec, %s: the inside host answers %s (enforcer: %s)", async (policy, answer, _enforcer) => {
    const text = await told(policy, "exec", fetching(insideUrl));
    expect(text).toContain(answer);
    expect(text).not.toContain(declared);
  });

  it.each(boxKinds)(
    "%s, allowlist: a listed host answers over HTTP (enforcer: ContainerProxy in workerd)",
    async (box) => {
      const host = `${listed}:${outsidePort}`;
      expect(await told("allowlist", box, fetching(`http://${nowhere}/`, host))).toBe(`200 outside for ${host}`);
    },
  );

  it.each(boxKinds)("%s, allowlist: another host is refused (enforcer: ContainerProxy in workerd)", async (box) => {
    for (const host of ["other.example", `${listed}.other.example`, machine])
      expect(await told("allowlist", box, fetching(`http://${nowhere}/`, host))).toBe(refusedByList);
  });

  it.each(boxKinds)("%s, none: every host is refused (enforcer: ContainerProxy in workerd)", async (box) => {
    for (const host of ["other.example", listed, machine])
      expect(await told("none", box, fetching(`http://${nowhere}/`, host))).toBe(refusedByList);
  });

  it.each(boxKinds.flatMap((box) => (["none", "allowlist"] as const).map((policy) => [box, policy] as const)))(
    "%s, %s: nothing but HTTP leaves, HTTPS neither (enforcer: the stand-in's firewall)",
    async (box, policy) => {
      expect(await told(policy, box, dialling(away, awayPort))).toBe("ECONNREFUSED");
      expect(await told(policy, box, dialling(machine, 443))).toBe("ECONNREFUSED");
      expect(await told(policy, box, dialling(nowhere, 22))).toBe("ECONNREFUSED");
    },
  );

  it("exec, internet: other connections leave (enforcer: the stand-in's firewall)", async () => {
    expect(await told("internet", "exec", dialling(away, awayPort))).toBe("connected");
  });

  it.each(names)(
    "exec, %s: workerd's own doors, its own and that of the agent's container, are shut (enforcer: the stand-in's firewall)",
    async (policy) => {
      await told(policy, "agent", "true"); // so that it has one
      const doors = await listeningAt(machine);
      expect(doors.length).toBeGreaterThan(2);
      expect(doors).toContain(machinePort);
      for (const port of doors)
        expect(await told(policy, "exec", dialling(machine, port)), `${port}`).toBe("ECONNREFUSED");
    },
  );

  it("exec, internet: a name of this machine's loopback is no way out (enforcer: the stand-in)", async () => {
    expect(await told("internet", "exec", fetching(`http://${nowhere}/`, "127.0.0.1"))).toContain("no way out");
  });

  it.each(names)("exec, %s: the agent's ports are out of reach (enforcer: the engine's network)", async (policy) => {
    const address = (await told(policy, "agent", "hostname -i")).trim().split(" ")[0] ?? "";
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await told(policy, "agent", dialling(address, 3000))).toBe("connected");
    expect(await told(policy, "exec", dialling(address, 3000))).not.toBe("connected");
  });

  it.each(boxKinds)("%s, allowlist: commands find the certificate where the SDK's server puts it", async (box) => {
    const read = program(`
      const { readFileSync } = require("fs"), { X509Certificate } = require("crypto");
      const own = new X509Certificate(readFileSync(process.env.NODE_EXTRA_CA_CERTS));
      const [last] = readFileSync(process.env.SSL_CERT_FILE, "utf8").split("-----BEGIN").slice(-1);
      const names = ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"].map((name) => process.env[name]);
      process.stdout.write(JSON.stringify([own.ca, new X509Certificate("-----BEGIN" + last).fingerprint === own.fingerprint, new Set(names).size]));`);
    expect(JSON.parse(await told("allowlist", box, read))).toEqual([true, true, 1]);
  });
});

describe("the network of containers on the process engine, which enforces none of it", () => {
  let boxes: Boxes;
  beforeAll(async () => {
    boxes = await startBoxes("process", policies);
  });
  afterAll(() => boxes?.stop());

  it.each(names)("runs commands under %s, and its inside host answers the agent alone", async (policy) => {
    const ask = program(`
      fetch(process.env.TALARIA_URL + "/declaration").then(async (answer) =>
        process.stdout.write(answer.status + " " + (await answer.text())))`);
    const [agent, exec] = [await boxes.run(policy, "agent", ask), await boxes.run(policy, "exec", ask)];
    expect(agent.stdout).toContain(declared);
    expect(exec.stdout).not.toContain(declared);
    expect(exec.stdout).toMatch(/^[45]\d\d /);
  });
});
