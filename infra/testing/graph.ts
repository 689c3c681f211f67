/**
 * Registers a whole bot against Pulumi's mocks and prints what was registered, as JSON. A process of its own, because Pulumi
 * serializes the dynamic providers from the code as Node loaded it, which a test runner's transformed modules are not.
 * Argument: changes to the least configuration, JSON.
 */
import * as pulumi from "@pulumi/pulumi";
import { botConfig } from "../config.ts";
import { botNames } from "../naming.ts";
import { aSource } from "./source.ts";

/** One resource as the program registered it; secrets in Pulumi's wire form. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What the process prints. */
export interface Graph {
  readonly registered: readonly Registered[];
  readonly url: string;
  readonly recovery: unknown;
}

/** Outputs that the platform computes. */
const computed: Readonly<Record<string, Record<string, unknown>>> = {
  AccountToken: { value: "token-value" },
  WorkerUpload: { url: "https://talaria-dev.someone.workers.dev", versionId: "v1" },
  Image: { repoDigest: `registry.cloudflare.com/account/image@sha256:${"1".repeat(64)}` },
  RegistryLogin: { username: "v1", password: "short-lived" },
  ContainerApplication: { running: [] },
  ZeroTrustAccessApplication: { aud: "aud-of-the-application" },
  ZeroTrustAccessServiceToken: { clientId: "id.access", clientSecret: "hush" },
  Overlap: { until: "2026-11-22T00:00:00Z" },
  ImageRetention: { storage: "1 image" },
  GeneratedSecret: { value: '{"current":"drawn"}', current: "drawn" },
};

const registered: Registered[] = [];
await pulumi.runtime.setMocks(
  {
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, name, inputs });
      return { id: `${name}-id`, state: { ...inputs, ...computed[type.split(":").at(-1) ?? ""] } };
    },
    call: () => ({
      results: [
        { id: "read-group", name: "Workers R2 Storage Bucket Item Read" },
        { id: "run-group", name: "AI Gateway Run" },
      ],
    }),
  },
  "talaria",
  "dev",
);

const { HermesBot } = await import("../bot.ts");
const config = botConfig(aSource(JSON.parse(process.argv[2] ?? "{}")));
const names = botNames(config.project, config.stack);
const account = {
  zoneId: "z",
  dashboardZoneId: "dz",
  workersDev: "someone",
  issuer: config.access && "https://team.cloudflareaccess.com",
};
const bot = new HermesBot("bot", { config, names, account });

pulumi.all([bot.url, bot.recovery]).apply(([url, recovery]) => {
  process.once("beforeExit", () => {
    const graph: Graph = { registered, url, recovery };
    process.stdout.write(JSON.stringify(graph));
  });
});
