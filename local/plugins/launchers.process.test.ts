/** The executables that the engine starts. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, describe, expect, it } from "vitest";
import { checkout } from "../paths.ts";

type Plugin = ChildProcessByStdio<Writable, Readable, null>;
let plugin: Plugin | undefined;

afterEach(() => void plugin?.kill("SIGKILL"));

async function start(name: string): Promise<{ plugin: Plugin; port: number }> {
  const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}` };
  const started = spawn(path.join(checkout, "local/plugins/bin", `pulumi-resource-${name}`), ["127.0.0.1:1"], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  plugin = started;
  const [line] = await once(started.stdout, "data");
  return { plugin: started, port: Number(String(line)) };
}

describe("a plugin's executable", () => {
  it.each([
    ["cloudflare", "6.22.1"],
    ["command", "1.2.1"],
    ["docker", "5.2.0"],
  ])("%s prints its port, reports version %s and ends by SIGINT", async (name, version) => {
    const { plugin, port } = await start(name);
    const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const info = await promisify<Empty, PluginInfo>(client.getPluginInfo.bind(client))(new Empty());
    client.close();
    expect(info.getVersion()).toBe(version);
    plugin.kill("SIGINT");
    expect(await once(plugin, "exit")).toEqual([0, null]);
  });

  it("ends when the engine that holds its input is gone", async () => {
    const { plugin } = await start("command");
    plugin.stdin.destroy();
    expect(await once(plugin, "exit")).toEqual([0, null]);
  });
});
