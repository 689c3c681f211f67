/** The engine's log: what a plugin wants a user to read while `pulumi up` runs. */
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";

/** Writes lines beside a resource. Losing a line never fails a deployment: the resource's own result says what happened. */
export interface EngineLog {
  /** A line that stays in the update's diagnostics. */
  warning(urn: string, text: string): void;
  /** A line of progress, shown beside the resource while it runs. */
  status(urn: string, text: string): void;
  /** Resolves when everything written so far has reached the engine. */
  flush(): Promise<void>;
}

/** Connects to the engine; without an address (a plugin started by hand) lines go nowhere. */
export function connectLog(address: string | undefined): EngineLog {
  if (!address) return { warning() {}, status() {}, flush: async () => {} };
  const client = new services.EngineClient(address, grpc.credentials.createInsecure());
  const { WARNING, INFO } = messages.LogSeverity;
  let sent: Promise<void> = Promise.resolve();
  const write = (urn: string, text: string, severity: messages.LogSeverity, ephemeral: boolean) => {
    const line = new messages.LogRequest();
    line.setUrn(urn).setMessage(text).setSeverity(severity).setEphemeral(ephemeral);
    // One after the other: the engine shows lines in the order in which they arrive.
    sent = sent.then(() => new Promise<void>((resolve) => void client.log(line, () => resolve())));
  };
  return {
    warning: (urn, text) => write(urn, text, WARNING, false),
    status: (urn, text) => write(urn, text, INFO, true),
    flush: () => sent,
  };
}
