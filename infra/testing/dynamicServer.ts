/** Runs a dynamic provider as the engine does: Pulumi's own server, in a process of its own, from the text that goes into the state. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";

const require = createRequire(import.meta.url);
const services = require("@pulumi/pulumi/proto/provider_grpc_pb.js");
const messages = require("@pulumi/pulumi/proto/provider_pb.js");
const { Struct } = require("google-protobuf/google/protobuf/struct_pb.js");

type Properties = Readonly<Record<string, unknown>>;

/** The calls of the engine, for one provider text. */
export interface DynamicServer {
  check(olds: Properties, news: Properties): Promise<{ failures: readonly { property: string; reason: string }[] }>;
  diff(id: string, olds: Properties, news: Properties): Promise<{ changes: boolean; replaces: readonly string[] }>;
  create(properties: Properties): Promise<{ id: string; properties: Properties }>;
  read(id: string, properties: Properties): Promise<{ id: string; properties: Properties; inputs: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ properties: Properties }>;
  delete(id: string, properties: Properties): Promise<void>;
  close(): void;
}

/** Starts the server with this configuration of the project `talaria`. */
export async function startDynamicServer(
  text: string,
  config: Readonly<Record<string, string>>,
): Promise<DynamicServer> {
  const child = spawn("node", [require.resolve("@pulumi/pulumi/cmd/dynamic-provider"), "127.0.0.1:1"], {
    env: { ...process.env, PULUMI_NODEJS_PROJECT: "talaria" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [port] = await once(child.stdout, "data");
  const client = new services.ResourceProviderClient(
    `127.0.0.1:${String(port).trim()}`,
    grpc.credentials.createInsecure(),
  );
  const call = (method: string, request: unknown): Promise<{ toObject(): object; [getter: string]: () => unknown }> =>
    new Promise((resolve, reject) => {
      client[method](request, (error: Error | null, answer: never) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  const withProvider = (properties: Properties) => Struct.fromJavaScript({ ...properties, __provider: text });
  const plain = (struct: unknown): Properties => {
    const { __provider, ...rest } =
      (struct as { toJavaScript(): Record<string, unknown> } | undefined)?.toJavaScript() ?? {};
    return rest;
  };

  const configured = new messages.ConfigureRequest();
  configured.setArgs(
    Struct.fromJavaScript(Object.fromEntries(Object.entries(config).map(([key, value]) => [`talaria:${key}`, value]))),
  );
  await call("configure", configured);

  const compare = (
    request: { setId?(id: string): void; setOlds(olds: unknown): void; setNews(news: unknown): void },
    id: string,
    olds: Properties,
    news: Properties,
  ) => {
    request.setId?.(id);
    request.setOlds(withProvider(olds));
    request.setNews(withProvider(news));
    return request;
  };
  const one = (
    request: { setId?(id: string): void; setProperties(properties: unknown): void },
    id: string,
    properties: Properties,
  ) => {
    request.setId?.(id);
    request.setProperties(withProvider(properties));
    return request;
  };
  return {
    async check(olds, news) {
      const answer = await call("check", compare(new messages.CheckRequest(), "", olds, news));
      return { failures: (answer.toObject() as { failuresList: { property: string; reason: string }[] }).failuresList };
    },
    async diff(id, olds, news) {
      const answer = await call("diff", compare(new messages.DiffRequest(), id, olds, news));
      const { changes, replacesList } = answer.toObject() as { changes: number; replacesList: string[] };
      return { changes: changes === messages.DiffResponse.DiffChanges.DIFF_SOME, replaces: replacesList };
    },
    async create(properties) {
      const answer = await call("create", one(new messages.CreateRequest(), "", properties));
      return { id: String(answer.getId?.()), properties: plain(answer.getProperties?.()) };
    },
    async read(id, properties) {
      const answer = await call("read", one(new messages.ReadRequest(), id, properties));
      return {
        id: String(answer.getId?.()),
        properties: plain(answer.getProperties?.()),
        inputs: plain(answer.getInputs?.()),
      };
    },
    async update(id, olds, news) {
      const answer = await call("update", compare(new messages.UpdateRequest(), id, olds, news));
      return { properties: plain(answer.getProperties?.()) };
    },
    async delete(id, properties) {
      await call("delete", one(new messages.DeleteRequest(), id, properties));
    },
    close() {
      client.close();
      child.kill();
    },
  };
}
