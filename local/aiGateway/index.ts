/** A stand-in of gateway.ai.cloudflare.com on loopback: what the account's AI gateways let through, on its way to a provider. */
import { createServer } from "node:http";
import { Ledger } from "../ledger.ts";
import { closed, listening } from "../listening.ts";
import { answer, type Passage } from "./answering.ts";
import { Cache } from "./cache.ts";
import { keyHashOf, type LedgerEntry } from "./ledger.ts";
import { Limits } from "./limits.ts";
import { providerKey } from "./request.ts";

export type { LedgerEntry } from "./ledger.ts";

/** How to start one. */
export interface AiGatewayOptions extends Pick<Passage, "account" | "upstream"> {
  /** @default 0, any free port */
  readonly port?: number;
  /** File that each request is appended to, as one line of JSON. */
  readonly ledgerFile?: string;
}

/** A running one. */
export interface RunningAiGateway {
  /** What `https://gateway.ai.cloudflare.com/v1` is. */
  readonly url: string;
  /** Requests since the start, oldest first. */
  ledger(): readonly LedgerEntry[];
  close(): Promise<void>;
}

/** Starts it on 127.0.0.1 and resolves when it listens. */
export async function startAiGateway(options: AiGatewayOptions): Promise<RunningAiGateway> {
  const { account, upstream, port = 0, ledgerFile } = options;
  const ledger = new Ledger<LedgerEntry>(ledgerFile);
  const passage = { account, upstream, limits: new Limits(), cache: new Cache() };
  const server = createServer(async (request, response) => {
    const at = new Date().toISOString();
    try {
      const { wishes, gateway, end } = await answer(request, response, passage);
      const key = providerKey(request.headers);
      ledger.add({
        ...{ at, path: request.url ?? "/", headers: Object.keys(request.headers).toSorted() },
        ...{ keyHash: key === undefined ? null : keyHashOf(key), metadata: wishes.metadata },
        ...{ logged: wishes.log ?? gateway?.collect_logs ?? false, ...end },
      });
    } catch (error) {
      response.destroy();
      // A client that went away while its body was read is no defect; whoever runs the stand-in sees any other.
      if (!request.destroyed) console.error("the loopback's AI gateway:", error);
    }
  });
  const url = `http://127.0.0.1:${await listening(server, port)}/v1`;
  return {
    url,
    ledger: () => ledger.entries(),
    close: () => closed(server),
  };
}
