/**
 * What a change of the declaration takes to be in force. The one place that decides it: the Agent acts by it, the preview says it.
 * Like `declarationSchema.ts` it is loaded by Node (the Pulumi program) and by workerd alike.
 */
import { createHash } from "node:crypto";
import { chatSecrets, generatedSecrets, secretEnvironment, secretFiles } from "./bindings.ts";
import { sizeText, usualSizes } from "./cost/sizes.ts";
import type { Declaration, NetworkDeclaration } from "./declarationSchema.ts";
import { leavesOf } from "./leaves.ts";

/**
 * `container`: a new container for Hermes. `gateway`: another start of Hermes' gateway in the same one. `exec`: new containers for the
 * agent's commands, each as soon as nothing runs in it. `none`: the Worker alone obeys it, from its upload on.
 */
export type Effect = "container" | "gateway" | "exec" | "none";

/** Fields, or what is above some, that do not restart the gateway; the longest that fits decides. */
export const effects: Readonly<Record<string, Effect>> = {
  "images.hermes": "container",
  "tags.hermes": "container",
  agent: "container",
  engine: "container",
  "images.exec": "exec",
  "tags.exec": "exec",
  "exec.network": "exec",
  "exec.hosts": "exec",
  exec: "none",
  "images.care": "none",
  "tags.care": "none",
  bot: "none",
  versions: "none",
  sleepAfterSeconds: "none",
  chatPlatforms: "none",
  "model.baseUrl": "none",
  snapshots: "none",
  alarms: "none",
  access: "none",
  dashboard: "none",
  operatorBot: "none",
  corsOrigins: "none",
  restart: "none",
  aiGateway: "none",
  spend: "none",
  estimate: "none",
  "sizes.hermes": "container",
  "sizes.exec": "exec",
  "sizes.care": "none",
};

/** What a change of this leaf of the declaration takes. What is not known here restarts the gateway: it may be for the container. */
export function effectOf(path: string): Effect {
  const words = path.split(".");
  for (let count = words.length; count > 0; count--) {
    const effect = effects[words.slice(0, count).join(".")];
    if (effect !== undefined) return effect;
  }
  return "gateway";
}

const secretsOfAStart: readonly string[] = [
  generatedSecrets.apiServerKey,
  ...Object.values(chatSecrets).map(({ secret }) => secret),
];
const partsOfAStart: readonly string[] = [`${secretEnvironment.binding}_`, `${secretFiles.binding}_`];

/** What another value of this secret binding takes. `secretsOfAStart` of `worker/secrets.ts` is what the Agent compares. */
export function effectOfSecret(binding: string): Effect {
  const isOfAStart = secretsOfAStart.includes(binding) || partsOfAStart.some((start) => binding.startsWith(start));
  return isOfAStart ? "gateway" : "none";
}

/** What a container is from its start to its end: another one of these is another container. */
export interface Identity {
  readonly image: string;
  /** See {@link networkOf}. */
  readonly network: string;
  readonly engine: string;
  /** As a person reads it. */
  readonly size: string;
}

type Identifying = Pick<Declaration, "images" | "agent" | "engine" | "sizes">;

export function identityOf({ images, agent, engine, sizes = usualSizes }: Identifying): Identity {
  return { image: images.hermes, network: networkOf(agent), engine, size: sizeText(sizes.hermes) };
}

/** Changes exactly when a deployment replaces Hermes' container. */
export function identityHash(declaration: Identifying): string {
  const { image, network, engine } = identityOf(declaration);
  return hashed([image, network, engine, declaration.sizes?.hermes]);
}

/**
 * Of what the container obeys: the leaves of the declaration that are for the gateway, and the secrets that its start takes. What runs
 * with another one is not what is declared.
 */
export function appliedHash(declaration: object, secrets: readonly unknown[]): string {
  const obeyed = sortedLeaves(declaration).filter(([path]) => effectOf(path) === "gateway");
  return hashed([obeyed, secrets]);
}

/** Of everything that may decide how a start ends: the whole declaration, and the secrets of a start and of a restore. */
export function attemptHash(declaration: object, secrets: readonly unknown[]): string {
  return hashed([sortedLeaves(declaration), secrets]);
}

function sortedLeaves(declaration: object): (readonly [path: string, value: unknown])[] {
  const leaves = leavesOf(declaration).map(({ path, value }) => [path, value] as const);
  return leaves.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What Hermes' container reaches, as text to compare. */
export function networkOf(agent: NetworkDeclaration): string {
  return agent.network === "allowlist" ? `allowlist ${agent.hosts.join(" ")}` : agent.network;
}

function hashed(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
