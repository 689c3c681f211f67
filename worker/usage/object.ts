import { tally } from "./tally.ts";

/** The object of that name, for one request to it, which is counted. */
export function objectOf<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  name: string,
): DurableObjectStub<T> {
  tally.add("objectRequests");
  return namespace.get(namespace.idFromName(name));
}
