/** A gRPC method that is a plain function. */
import grpc from "@grpc/grpc-js";

/** A unary method from a function; what the function throws becomes the message that the user reads. */
export function answer<Request, Response>(respond: (request: Request) => Response | Promise<Response>) {
  return async (call: { request: Request }, callback: (error: grpc.ServiceError | null, value?: Response) => void) => {
    try {
      callback(null, await respond(call.request));
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      callback(
        Object.assign(new Error(details), { code: grpc.status.UNKNOWN, details, metadata: new grpc.Metadata() }),
      );
    }
  };
}
