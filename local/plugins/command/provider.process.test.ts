/** The command stand-in over its wire: real shells, no engine. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { receive, send } from "../server/properties.ts";
import { connectPlugin, type PluginClient } from "../testing/client.ts";
import { commandProvider } from "./provider.ts";

const type = "command:local:Command";
let plugin: PluginClient;
let folder: string;

beforeEach(async () => {
  plugin = await connectPlugin(commandProvider());
  folder = await mkdtemp(path.join(os.tmpdir(), "talaria-command-"));
});

afterEach(async () => {
  await plugin.close();
  await rm(folder, { recursive: true, force: true });
});

describe("the stand-in for the command plugin", () => {
  it("runs a script with its environment, folder and input, and logs each line as it comes", async () => {
    const create = 'echo "$GREETING $(cat) in $(basename "$PWD")"; echo aside >&2';
    const news = { create, environment: { GREETING: "hello" }, stdin: "world", dir: folder };
    const made = await plugin.create(type, send(news));
    const stdout = `hello world in ${path.basename(folder)}`;
    expect(receive(made.properties).values).toMatchObject({ stdout, stderr: "aside" });
    expect(plugin.lines).toContainEqual({ text: stdout, ephemeral: true });
    expect(plugin.lines).toContainEqual({ text: "aside", ephemeral: true });
  });

  it("logs only what it is asked to log", async () => {
    await plugin.create(type, send({ create: "echo out; echo err >&2", logging: "stderr" }));
    expect(plugin.lines.map(({ text }) => text)).toEqual(["err"]);
  });

  it("does nothing in a preview", async () => {
    const file = path.join(folder, "made");
    const made = await plugin.create(type, send({ create: `touch ${file}` }), true);
    expect(made.id).toBe("");
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
  });

  it("fails in the real plugin's words, with both streams", async () => {
    const create = "echo one; echo two >&2; exit 3";
    await expect(plugin.create(type, send({ create }))).rejects.toThrow(
      /exit status 3: running "echo one; echo two >&2; exit 3":\n(one\ntwo|two\none)\n/,
    );
  });

  it("keeps a secret input secret in the state", async () => {
    const made = await plugin.create(type, send({ create: "true", environment: { TOKEN: "hush" } }, ["environment"]));
    expect(receive(made.properties).secrets).toEqual(new Set(["environment"]));
  });

  it("runs update when there is one, else create again, with the previous output at hand", async () => {
    const olds = { create: "echo first", stdout: "before", stderr: "" };
    const echo = 'echo "after $PULUMI_COMMAND_STDOUT"';
    expect(await plugin.update(type, "id", olds, { create: "false", update: echo })).toMatchObject({
      stdout: "after before",
    });
    expect(await plugin.update(type, "id", olds, { create: echo })).toMatchObject({ stdout: "after before" });
  });

  it("runs delete with the state that it left", async () => {
    const file = path.join(folder, "gone");
    await plugin.delete(type, "id", { delete: `printf %s "$WHO" > ${file}`, environment: { WHO: "me" } });
    expect(await readFile(file, "utf8")).toBe("me");
  });

  it("replaces when triggers change, and updates when a script does", async () => {
    const olds = { create: "true", triggers: ["a"] };
    expect(await plugin.diff(type, olds, { create: "true", triggers: ["b"] })).toEqual({
      changed: ["triggers"],
      replaces: ["triggers"],
    });
    expect(await plugin.diff(type, olds, { create: "false", triggers: ["a"] })).toEqual({
      changed: ["create"],
      replaces: [],
    });
    expect(await plugin.diff(type, olds, olds)).toEqual({ changed: [], replaces: [] });
  });

  it("uses another interpreter when told", async () => {
    const made = await plugin.create(
      type,
      send({ create: "console.log(6 * 7)", interpreter: [process.execPath, "-e"] }),
    );
    expect(receive(made.properties).values).toMatchObject({ stdout: "42" });
  });

  it("ends everything that the command started when the update is cancelled", async () => {
    const pidFile = path.join(folder, "pid");
    const running = plugin.create(type, send({ create: `sleep 600 & echo $! > ${pidFile}; echo up; wait` }));
    const failed = expect(running).rejects.toThrow(/signal: terminated: running/);
    await vi.waitFor(() => expect(plugin.lines.map(({ text }) => text)).toContain("up"), { timeout: 30_000 });
    const pid = Number(await readFile(pidFile, "utf8"));
    await plugin.cancel();
    await failed;
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), { timeout: 30_000 });
  });

  it("says what of the real plugin it lacks", async () => {
    expect(await plugin.check(type, "thing", { create: "true", assetPaths: ["*"] })).toEqual([
      "'assetPaths' is not part of the stand-in (local/plugins): it collects no files. Install the real plugin.",
    ]);
    await expect(plugin.create("command:remote:Command", send({}))).rejects.toThrow(
      /command:remote:Command is not among the kinds of the stand-in/,
    );
  });
});
