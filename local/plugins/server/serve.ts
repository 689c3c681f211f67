/** A provider on Pulumi's wire: one gRPC server that the engine starts as a process and talks to until it ends it. */
import grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { answering } from "./answer.ts";
import { connectLog } from "./engineLog.ts";
import { providerMethods } from "./methods.ts";
import type { Provider } from "./provider.ts";

/** A server that listens. */
export interface Serving {
  readonly port: number;
  /** Cancels what runs, waits until it has ended, and stops listening. */
  close(): Promise<void>;
}

/** Serves a provider on a free loopback port. `engine` is the address to log to. */
export async function serve(provider: Provider, engine?: string): Promise<Serving> {
  const cancelled = new AbortController();
  let log = connectLog(engine);
  const running = new Set<Promise<unknown>>();
  const answer = answering(running);
  const methods = providerMethods(provider, { signal: cancelled.signal, log: () => log, answer });

  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(services.ResourceProviderService, {
    ...refusals(),
    ...methods,
    getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(provider.version)),
    attach: answer((request: plugin.PluginAttach) => {
      log = connectLog(request.getAddress());
      return new empty.Empty();
    }),
    cancel: answer(() => {
      cancelled.abort(new Error("the update was cancelled"));
      return new empty.Empty();
    }),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    port,
    close: async () => {
      cancelled.abort(new Error("the plugin ends"));
      await Promise.allSettled(running);
      server.forceShutdown();
    },
  };
}

/** Every method of the service, answered with "unimplemented": the engine asks for optional ones and goes on without. */
function refusals(): grpc.UntypedServiceImplementation {
  const refuse = (name: string) => (_call: unknown, callback: (error: Partial<grpc.ServiceError>) => void) =>
    callback({ code: grpc.status.UNIMPLEMENTED, details: `${name} is not part of this stand-in` });
  return Object.fromEntries(Object.keys(services.ResourceProviderService).map((name) => [name, refuse(name)]));
}
