/** Talks to a plugin's server as the engine does, without the engine; for the tests of `local/plugins`. */
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { type Properties, receive, send } from "../server/properties.ts";
import type { Provider } from "../server/provider.ts";
import { serve } from "../server/serve.ts";

/** A plugin that is served, and the other side of its wire. */
export interface PluginClient {
  /** Lines that the plugin wrote to the engine's log. */
  readonly lines: { readonly text: string; readonly ephemeral: boolean }[];
  check(type: string, name: string, news: Properties): Promise<string[]>;
  /** The inputs that the engine goes on with after a check. */
  inputs(type: string, name: string, news: Properties): Promise<Properties>;
  create(type: string, news: Struct, preview?: boolean): Promise<{ id: string; properties: Struct | undefined }>;
  diff(type: string, olds: Properties, news: Properties): Promise<{ changed: string[]; replaces: string[] }>;
  update(type: string, id: string, olds: Properties, news: Properties): Promise<Properties>;
  read(type: string, id: string): Promise<{ id: string; inputs: Properties; state: Properties }>;
  delete(type: string, id: string, olds: Properties): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** Serves a provider and connects to it. */
export async function connectPlugin(provider: Provider, config: Properties = {}): Promise<PluginClient> {
  const lines: { text: string; ephemeral: boolean }[] = [];
  const engine = await fakeEngine((line) => lines.push({ text: line.getMessage(), ephemeral: line.getEphemeral() }));
  const serving = await serve(provider, engine.address);
  const client = new services.ResourceProviderClient(`127.0.0.1:${serving.port}`, grpc.credentials.createInsecure());
  const call = <Request, Response>(
    method: (request: Request, reply: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
    request: Request,
  ) => promisify<Request, Response>((given, reply) => void method.call(client, given, reply))(request);

  await call<messages.ConfigureRequest, messages.ConfigureResponse>(
    client.configure,
    new messages.ConfigureRequest().setArgs(send(config)),
  );
  const urnOf = (type: string, name = "thing") => `urn:pulumi:dev::test::${type}::${name}`;

  return {
    lines,
    async check(type, name, news) {
      const request = new messages.CheckRequest().setUrn(urnOf(type, name)).setNews(send(news));
      const response = await call<messages.CheckRequest, messages.CheckResponse>(client.check, request);
      return response.getFailuresList().map((failure) => failure.getReason());
    },
    async inputs(type, name, news) {
      const request = new messages.CheckRequest().setUrn(urnOf(type, name)).setNews(send(news));
      const response = await call<messages.CheckRequest, messages.CheckResponse>(client.check, request);
      return receive(response.getInputs()).values;
    },
    async create(type, news, preview = false) {
      const request = new messages.CreateRequest().setUrn(urnOf(type)).setProperties(news).setPreview(preview);
      const response = await call<messages.CreateRequest, messages.CreateResponse>(client.create, request);
      return { id: response.getId(), properties: response.getProperties() };
    },
    async diff(type, olds, news) {
      const request = new messages.DiffRequest().setUrn(urnOf(type)).setOlds(send(olds)).setNews(send(news));
      const response = await call<messages.DiffRequest, messages.DiffResponse>(client.diff, request);
      return { changed: response.getDiffsList(), replaces: response.getReplacesList() };
    },
    async update(type, id, olds, news) {
      const request = new messages.UpdateRequest()
        .setUrn(urnOf(type))
        .setId(id)
        .setOlds(send(olds))
        .setNews(send(news));
      const response = await call<messages.UpdateRequest, messages.UpdateResponse>(client.update, request);
      return receive(response.getProperties()).values;
    },
    async read(type, id) {
      const request = new messages.ReadRequest().setUrn(urnOf(type)).setId(id);
      const response = await call<messages.ReadRequest, messages.ReadResponse>(client.read, request);
      const [inputs, state] = [receive(response.getInputs()).values, receive(response.getProperties()).values];
      return { id: response.getId(), inputs, state };
    },
    async delete(type, id, olds) {
      const request = new messages.DeleteRequest().setUrn(urnOf(type)).setId(id).setProperties(send(olds));
      await call<messages.DeleteRequest, empty.Empty>(client.delete, request);
    },
    async invoke(token, args) {
      const request = new messages.InvokeRequest().setTok(token).setArgs(send(args));
      const response = await call<messages.InvokeRequest, messages.InvokeResponse>(client.invoke, request);
      return receive(response.getReturn()).values;
    },
    cancel: async () => void (await call<empty.Empty, empty.Empty>(client.cancel, new empty.Empty())),
    async close() {
      client.close();
      await serving.close();
      engine.close();
    },
  };
}

async function fakeEngine(onLine: (line: LogRequest) => void) {
  const server = new grpc.Server();
  server.addService(engineServices.EngineService, {
    log(call: { request: LogRequest }, reply: (error: null, response: empty.Empty) => void) {
      onLine(call.request);
      reply(null, new empty.Empty());
    },
  });
  const port = await promisify<string, grpc.ServerCredentials, number>(server.bindAsync.bind(server))(
    "127.0.0.1:0",
    grpc.ServerCredentials.createInsecure(),
  );
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}
