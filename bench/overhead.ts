/** What authentication and passing on cost a warm chat: the same chats through the Worker, through a plain proxy, and straight to Hermes' API server. */
import { type ChatEndpoint, chat } from "./chat.ts";
import { findGateway } from "./gatewayProcess.ts";
import { deployPlainProxy } from "./plainProxy.ts";
import { interleave, timed } from "./rounds.ts";
import { median, quantile } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";
import { withLocal } from "./withLocal.ts";

const warmUps = 5;
const rounds = 60;

interface Sample {
  readonly whole: number;
  readonly firstToken: number;
  readonly models: number;
}

export function overhead(): Promise<void> {
  return withLocal(async (local) => {
    const { url, environment } = await findGateway(local);
    const direct = { url, token: environment.API_SERVER_KEY };
    const worker = { url: local.url, token: local.clientToken };
    const proxy = await deployPlainProxy(local, direct);
    const contenders = { worker: () => sample(worker), proxy: () => sample(proxy), direct: () => sample(direct) };
    await interleave(warmUps, contenders);
    const samples = await interleave(rounds, contenders);
    const row = (title: string, figure: keyof Sample, at: number) => {
      const of = (all: readonly Sample[]) =>
        quantile(
          all.map((one) => one[figure]),
          at,
        );
      const [ours, plain, theirs] = [of(samples.worker), of(samples.proxy), of(samples.direct)];
      return [title, ...[ours, plain, theirs].map(duration), ratio(ours, theirs), ratio(ours, plain)];
    };
    const added = (all: readonly Sample[]) =>
      duration(median(all.map(({ whole }, i) => whole - (samples.direct[i]?.whole ?? Number.NaN))));
    printTable(`overhead: ${rounds} rounds, one request at a time`, [
      ["", "through the Worker", "plain proxy", "straight to Hermes", "to Hermes", "to the proxy"],
      row("warm chat, p50", "whole", 0.5),
      row("warm chat, p95", "whole", 0.95),
      row("first streamed token, p50", "firstToken", 0.5),
      row("first streamed token, p95", "firstToken", 0.95),
      row("GET /v1/models, p50", "models", 0.5),
      row("GET /v1/models, p95", "models", 0.95),
    ]);
    console.log(
      `\nMedian of what a chat of a round took longer than straight to Hermes: ${added(samples.worker)} through the Worker, ${added(samples.proxy)} through the proxy.`,
    );
  });
}

async function sample(endpoint: ChatEndpoint): Promise<Sample> {
  const { whole } = await chat(endpoint, { stream: false });
  const { firstToken } = await chat(endpoint, { stream: true });
  return { whole, firstToken, models: await timed(() => listModels(endpoint)) };
}

async function listModels({ url, token }: ChatEndpoint): Promise<void> {
  const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
}
