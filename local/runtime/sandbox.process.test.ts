import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkout } from "../paths.ts";
import type { DeployedWorker } from "./contract.ts";
import { imagePrograms } from "./images.ts";
import { processEngine } from "./process/index.ts";
import { buildProgramImage, testDocker, whyNoDocker } from "./testing/docker.ts";
import { bundle, bundleProgram, eventually, isAlive, startTestRuntime, type TestRuntime } from "./testing/fixture.ts";

const prefix = "registry.cloudflare.com/10ca110ca110ca110ca110ca110ca110/talaria";

/** What the SDK finds in place of its own image. */
const sandboxd = path.join(checkout, "local", "sandboxd", "index.ts");

function programs() {
  return imagePrograms({ node: process.execPath, sandboxd, hermes: { venv: "/usr" }, checkout });
}

/** Both images of a bot, with nothing in them but the stand-in for the SDK's server. */
async function sandboxImages() {
  const { docker, sidecar, engine } = await testDocker();
  const content = await bundleProgram(sandboxd);
  const folders = "TALARIA_HOME=/root TALARIA_WORKSPACE=/workspace TALARIA_RUN=/run/talaria SANDBOX_VERSION=0.12.10";
  const more = `RUN mkdir -p /workspace /run/talaria\nENV ${folders}\nWORKDIR /workspace`;
  for (const kind of ["hermes", "exec"])
    await buildProgramImage(docker, { reference: `${prefix}-${kind}:process`, from: sidecar, content, more });
  return engine();
}

/** A shell command that prints what the inside host answers; an image need not have curl. */
function ask(route: string, options = "{}"): string {
  return `node -e 'fetch(process.env.TALARIA_URL + "${route}", ${options}).then((r) => r.text()).then((t) => process.stdout.write(t))'`;
}

describe.each([
  { engine: "process", missing: undefined, make: async () => processEngine(programs()) },
  { engine: "docker", missing: await whyNoDocker(), make: sandboxImages },
])("the Sandbox SDK on the $engine engine", ({ engine, missing, make }) => {
  let test: TestRuntime;
  let worker: DeployedWorker;
  let url: string;

  const post = async (route: string, body = "") => {
    const response = await fetch(`${url}/${route}`, { method: "POST", body });
    return JSON.parse(await response.text());
  };

  beforeAll(async () => {
    if (missing) return;
    test = await startTestRuntime({ engine: await make() });
    worker = {
      name: "sdk",
      mainModule: "index.js",
      modules: [
        { name: "index.js", contentType: "application/javascript+module", content: await bundle("sandboxWorker.mjs") },
      ],
      bindings: [
        { name: "BUCKET", type: "r2_bucket", bucket_name: "sdk-bucket" },
        { name: "AGENT_BOX", type: "durable_object_namespace", class_name: "AgentBox" },
        { name: "EXEC_BOX", type: "durable_object_namespace", class_name: "ExecBox" },
      ],
      compatibilityDate: "2026-11-01",
      compatibilityFlags: ["nodejs_compat"],
      classes: { AgentBox: { container: true }, ExecBox: { container: true } },
    };
    await test.runtime.setImage("sdk", "AgentBox", `${prefix}-hermes:process`);
    await test.runtime.setImage("sdk", "ExecBox", `${prefix}-exec:process`);
    await test.runtime.deploy(worker);
    await test.runtime.setPublic("sdk", true);
    url = await test.runtime.url("sdk");
  });
  afterAll(() => test?.stop());
  beforeEach(({ skip }) => skip(missing !== undefined, `skipped: ${missing}`));

  it("runs a command in each of two boxes, in the box's own workspace", async () => {
    const command = "pwd; echo $TALARIA_WORKSPACE; echo $TALARIA_IMAGE; ls $TALARIA_WORKSPACE";
    for (const [box, image] of [
      ["agent", "hermes"],
      ["exec", "exec"],
    ] as const) {
      const [cwd, workspace, reference, ...files] = (await post(`${box}/exec`, `touch of-${box}; ${command}`)).stdout
        .trim()
        .split("\n");
      expect(cwd).toBe(workspace);
      expect(reference).toBe(`${prefix}-${image}:process`);
      expect(files).toEqual([`of-${box}`]);
    }
  });

  it("answers the agent's box at TALARIA_URL and tells the handler who asks", async () => {
    const { stdout } = await post("agent/exec", ask("/who"));
    expect(JSON.parse(stdout)).toEqual({
      path: "/who",
      className: "AgentBox",
      containerId: await (await fetch(`${url}/agent/id`)).text(),
    });
  });

  it("takes an upload of 5 MB through the inside host", async () => {
    const command = ask("/bucket", '{ method: "POST", body: Buffer.alloc(5e6) }');
    expect((await post("agent/exec", command)).stdout).toBe("stored");
    expect(await test.runtime.bucketSize("sdk-bucket")).toBe(1);
  });

  it("gives the exec box no inside host", async () => {
    const { stdout } = await post("exec/exec", ask("/who"));
    expect(stdout).toContain("no_inside_host");
  });

  it("starts the supervisor of commands in the exec box, once, and reaches it", async ({ skip }) => {
    skip(engine === "docker", "the images of this test hold the server alone");
    await post("exec/start", "talaria-exec serve");
    const health = async () => (await fetch(`${url}/exec/service`)).text();
    await eventually("the supervisor's start", async () => (await health()).includes("usedBytes"));
    expect((await post("exec/exec", "talaria-exec serve; echo $?")).stdout).toBe("0\n");
    expect(JSON.parse(await health())).toMatchObject({ jobs: 0 });
    expect((await post("exec/exec", "ls -d $HOME")).stdout.trim()).toMatch(/workspace\/\.home$/);
  });

  it("finds a started process, and its service, after an upload", async () => {
    const script = `require("http").createServer((q, r) => r.end("hello of " + process.pid)).listen(8642, process.env.TALARIA_BIND)`;
    const { pid } = await post("agent/start", `exec node -e '${script}'`);
    const service = async () => (await fetch(`${url}/agent/service`)).text();
    await eventually("the service's start", async () => (await service()).startsWith("hello of"));
    await test.runtime.deploy({
      ...worker,
      bindings: [...worker.bindings, { name: "X", type: "plain_text", text: "2" }],
    });
    expect(await post("agent/list")).toEqual([{ id: "server", status: "running" }]);
    expect(await service()).toMatch(/hello of/);
    expect((await post("agent/exec", ask("/again"))).stdout).toContain("AgentBox");
    await post("agent/destroy");
    if (engine === "process") expect(isAlive(pid)).toBe(false);
    expect(await post("agent/list")).toEqual([]);
  });
});
