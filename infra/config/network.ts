/** What a container may reach: how host patterns are written, and policies that contradict the rest of a stack. */
import { z } from "zod";
import { type NetworkDeclaration, networkPolicies } from "../../worker/declarationSchema.ts";
import type { ChatValues } from "./chat/platform.ts";
import { type PlatformName, platformNames, platforms, secretsOf } from "./chat/platforms.ts";
import { isOn } from "./chat/problems.ts";
import { codexOffline, withCodexHosts } from "./codex.ts";
import { choice, text } from "./values.ts";

/** One of {@link networkPolicies}. */
export const network = choice(networkPolicies).default("internet");

/** A name of two labels or more; the last one holds letters, so that no address passes. */
const name = String.raw`(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])`;
const pattern = new RegExp(String.raw`^(?=.{4,253}$)(?:\*\.)?${name}$`);

/** Hosts of an allowlist: a hostname, or `*.` and one for every name below it (not itself). */
export const hostPatterns = z
  .array(
    text
      .regex(pattern, "is not a host such as example.com or *.example.com: lower case, no scheme, port or path")
      .refine(
        (host) => !/(^|\.)internal$/.test(host),
        "is a name of Talaria's own: commands never reach those, and Hermes always does",
      ),
    { error: "is not a list" },
  )
  .default([]);

/** A contradiction, and the keys that mend it. */
export interface NetworkProblem {
  readonly field: string;
  readonly reason: string;
  readonly next: readonly { readonly key: string; readonly value: string }[];
}

/** What is wrong with the policies of a stack that asks this model. A key that was refused already is left out. */
export function networkProblems(
  plain: Keys & { readonly exec?: NetworkDeclaration; readonly agent?: NetworkDeclaration },
  secretKeys: readonly string[],
  model: string,
): NetworkProblem[] {
  const { exec, agent } = plain;
  const listed = agent && withCodexHosts(agent, model);
  const found = [...(exec ? listProblems("exec", exec) : []), ...(listed ? listProblems("agent", listed) : [])];
  if (found.length > 0 || listed === undefined) return found;
  const offline = codexOffline(listed, model);
  const reaches = { field: "agent.network", next: [{ key: "agent.network", value: "allowlist" }] };
  return [...(offline ? [{ ...reaches, reason: offline }] : []), ...chatProblems(listed, plain, secretKeys)];
}

function listProblems(key: "exec" | "agent", { network, hosts }: NetworkDeclaration): NetworkProblem[] {
  const add = { key: `${key}.hosts[0]`, value: "<host>" };
  if (network === "allowlist" && hosts.length === 0)
    return [
      {
        field: `${key}.hosts`,
        reason: "is empty, and so allows nothing. Name a host, or say none:",
        next: [add, { key: `${key}.network`, value: "none" }],
      },
    ];
  if (network === "allowlist" || hosts.length === 0) return [];
  const reason = `lists hosts, but talaria:${key}.network is ${network}, which looks at no list.`;
  return [{ field: `${key}.hosts`, reason, next: [{ key: `${key}.network`, value: "allowlist" }] }];
}

type Keys = Readonly<Partial<Record<PlatformName, ChatValues | undefined>>>;

/** A platform that Hermes cannot reach would show in its log alone. */
function chatProblems(
  { network, hosts }: NetworkDeclaration,
  plain: Keys,
  secretKeys: readonly string[],
): NetworkProblem[] {
  if (network === "internet") return [];
  return platformNames.flatMap((name) => {
    if (!isOn(name, { plain, secretKeys })) return [];
    const { label, hosts: needed } = platforms[name];
    const cause = secretsOf(name).find((key) => secretKeys.includes(key)) ?? name;
    if (needed === undefined) {
      const reason = `lets only HTTP and HTTPS through, at most; ${label} speaks something else, and talaria:${cause} is set.`;
      return [{ field: "agent.network", reason, next: [{ key: "agent.network", value: "internet" }] }];
    }
    const missing = needed(plain[name] ?? {}).filter((host) => !hosts.some((allowed) => covers(allowed, host)));
    if (missing.length === 0) return [];
    const reason = `keeps Hermes from ${missing.join(" and ")}, but talaria:${cause} is set.`;
    const allow = missing.map((host, index) => ({ key: `agent.hosts[${hosts.length + index}]`, value: host }));
    return [{ field: "agent.network", reason, next: [{ key: "agent.network", value: "allowlist" }, ...allow] }];
  });
}

/** As the SDK compares them. */
function covers(allowed: string, host: string): boolean {
  return allowed.startsWith("*.") ? host.endsWith(allowed.slice(1)) : allowed === host;
}
