/** A gRPC method that is a plain function. */
import grpc from "@grpc/grpc-js";

type Reply<Response> = (error: grpc.ServiceError | null, value?: Response) => void;

/** Makes a unary method of a function. What the function throws is the message that the user reads. */
export type Answer = <Request, Response>(
  respond: (request: Request) => Response | Promise<Response>,
) => (call: { request: Request }, reply: Reply<Response>) => void;

/** An `Answer` that keeps each call in `running` until it has ended. */
export function answering(running: Set<Promise<unknown>>): Answer {
  return (respond) => (call, reply) => {
    const work = settle(async () => respond(call.request), reply).finally(() => running.delete(work));
    running.add(work);
  };
}

async function settle<Response>(respond: () => Promise<Response>, reply: Reply<Response>): Promise<void> {
  try {
    reply(null, await respond());
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    reply(Object.assign(new Error(details), { code: grpc.status.UNKNOWN, details, metadata: new grpc.Metadata() }));
  }
}
