/** What an operator types, on the real Worker, its objects, and the real supervisor in containers of the process engine. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { talaria as launched } from "../../cli/testing/launcher.ts";
import { checkout } from "../../local/paths.ts";
import { imagePrograms } from "../../local/runtime/images.ts";
import { processEngine } from "../../local/runtime/process/index.ts";
import { startTestRuntime, type TestRuntime } from "../../local/runtime/testing/fixture.ts";
import { drawSecrets, images, prepareUpload } from "../torture/upload.ts";

const name = "operator";
const secrets = drawSecrets();
let test: TestRuntime;
let upload: Awaited<ReturnType<typeof prepareUpload>>;
let url: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "talaria-operator-"));
  const sandboxd = path.join(checkout, "local", "sandboxd", "index.ts");
  const programs = imagePrograms({ node: process.execPath, sandboxd, hermes: { venv: "/usr" }, checkout });
  test = await startTestRuntime({ engine: processEngine(programs) });
  const entry = "worker/testing/operatorWorker.ts";
  upload = await prepareUpload({ name, bucket: "operator", secrets, environment: {}, entry });
  const applications = { AgentBox: images.hermes, ExecBox: images.exec, CareBox: images.care };
  for (const [className, image] of Object.entries(applications)) await test.runtime.setImage(name, className, image);
  await test.runtime.deploy(upload({ VERSION: "0" }));
  await test.runtime.setPublic(name, true);
  url = await test.runtime.url(name);
  await asAgent("first", "echo from the agent > note; echo said");
});
afterAll(async () => {
  await test?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command of the agent's in session `default`, as its plugin does. */
async function asAgent(job: string, command: string): Promise<void> {
  const body = { kind: "terminal", command: Buffer.from(command).toString("base64"), stdin: null, cwd: null };
  const program = `
    const route = process.env.TALARIA_URL + "/exec/sessions/default/jobs/${job}";
    const body = JSON.stringify(${JSON.stringify({ ...body, env: {}, timeoutSeconds: 60 })});
    const answers = async () => {
      let answer = await fetch(route, { method: "PUT", body, headers: { "content-type": "application/json" } });
      while (answer.ok && !answer.headers.has("x-job-exit")) answer = await fetch(route + "?offset=0&wait=20");
      return answer.ok ? "done" : answer.text();
    };
    answers().then((text) => process.stdout.write(text));`;
  const ran = await fetch(`${url}/test/agent`, {
    method: "POST",
    body: `node -e '${program.replaceAll(/\s+/g, " ")}'`,
  });
  expect(await ran.json()).toMatchObject({ exitCode: 0, stdout: "done" });
}

const talaria = (args: readonly string[], stdin = "") =>
  launched(args, { stdin, env: { TALARIA_URL: url, TALARIA_ADMIN_TOKEN: secrets.adminToken } });

it("shows an operator the agent's session, its command and its files", async () => {
  const sessions = JSON.parse((await talaria(["exec", "sessions", "--json"])).stdout);
  expect(sessions).toMatchObject([{ session: "default" }]);
  const rows = JSON.parse((await talaria(["audit", "--json"])).stdout);
  expect(rows).toMatchObject([{ session: "default", kind: "terminal", exit: 0, endedBy: "exit" }]);
  expect(rows[0].command).toContain("from the agent");
  expect((await talaria(["exec", "ls"])).stdout).toContain("note");
  expect((await talaria(["exec", "get", "note", "-"])).stdout).toBe("from the agent\n");
});

it("stores a file of a megabyte in the workspace, which a terminal there finds, and fetches it again", async () => {
  const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 31 + (index >> 8)) % 256));
  await writeFile(path.join(folder, "sent"), bytes);
  const put = await talaria(["exec", "put", path.join(folder, "sent"), "in/"]);
  expect(put.stdout, put.stderr).toBe("in/sent: 1.0 MB\n");
  expect((await talaria(["exec", "shell"], "wc -c in/sent; exit 4\n")).stdout).toContain("1000000 in/sent");
  await talaria(["exec", "get", "in/sent", path.join(folder, "back")]);
  expect((await readFile(path.join(folder, "back"))).equals(bytes)).toBe(true);
});

it("ends a terminal with the shell's exit code, and writes it into the audit", async () => {
  const run = await talaria(["exec", "shell"], "exit 7\n");
  expect(run.code, run.stderr).toBe(7);
  const rows: { kind: string }[] = JSON.parse((await talaria(["audit", "--json"])).stdout);
  expect(rows.findLast(({ kind }) => kind !== "act")).toMatchObject({ kind: "operator", exit: 7, endedBy: "exit" });
  const begun = { command: expect.stringMatching(/^PUT .*\/jobs\//), by: "token:adminToken" };
  expect(rows.filter(({ kind }) => kind === "act")).toContainEqual(expect.objectContaining(begun));
});

it("loses nothing of a terminal while a new Worker is uploaded under it", async () => {
  const lines = "echo begun; sleep 6; for i in $(seq 50); do echo line $i; done; exit 5\n";
  const running = talaria(["exec", "shell"], lines);
  await pause(3000); // it is open by then, or the upload comes even earlier
  await test.runtime.deploy(upload({ VERSION: "1" }));
  const run = await running;
  expect(run.code, run.stderr).toBe(5);
  const said = run.stdout.split("\n").flatMap((line) => /^line (\d+)\r$/.exec(line)?.[1] ?? []);
  expect(said).toEqual(Array.from({ length: 50 }, (_, index) => String(index + 1)));
});

it("refuses sessions that there are not, and paths that leave the workspace", async () => {
  const code = async (...args: string[]) => JSON.parse((await talaria([...args, "--json"])).stderr).error.code;
  expect(await code("exec", "shell", "--session", "nobody")).toBe("execSessionUnknown");
  expect(await code("exec", "get", "nothing", "-")).toBe("execFileAbsent");
  expect(await code("exec", "get", "../../etc/passwd", "-")).toBe("badRequest");
});
