/** Which application protects an address, and whom its policies let in. Nothing here asks or keeps anything. */
import type { Application, Policy, Rule } from "./state.ts";

/** Who asks: a person by e-mail address, or a program by the id of its service token. */
export type Identity = { readonly email: string } | { readonly serviceToken: string };

/** The application with the longest path that covers `path` of `host`; a path covers those below it. */
export function applicationOf(
  applications: readonly Application[],
  host: string,
  path: string,
): Application | undefined {
  let found: { application: Application; length: number } | undefined;
  for (const application of applications) {
    const uris = application.destinations?.map(({ uri }) => uri) ?? [application.domain ?? ""];
    for (const uri of uris) {
      const [of = "", ...parts] = uri.split("/");
      const prefix = `/${parts.join("/")}`.replace(/\/\*?$/, "");
      const covers = of === host && (prefix === "" || path === prefix || path.startsWith(`${prefix}/`));
      if (covers && prefix.length >= (found?.length ?? 0)) found = { application, length: prefix.length };
    }
  }
  return found?.application;
}

/** Policies of an application in the order in which they are asked: those for programs first, then by precedence. */
export function policiesOf({ policies = [] }: Application, byId: (id: string) => Policy | undefined): Policy[] {
  const ordered = policies.toSorted((a, b) => a.precedence - b.precedence).flatMap(({ id }) => byId(id) ?? []);
  const first = ordered.filter(({ decision }) => decision === "bypass" || decision === "non_identity");
  return [...first, ...ordered.filter((policy) => !first.includes(policy))];
}

/** Whether the address is open to all who come. */
export function isBypassed(policies: readonly Policy[]): boolean {
  return policies.some(({ decision, include }) => decision === "bypass" && include.some((rule) => "everyone" in rule));
}

/** Whether the first policy that speaks of the identity lets it in; none means no. */
export function mayPass(policies: readonly Policy[], identity: Identity): boolean {
  const isProgram = "serviceToken" in identity;
  const asked = policies.filter(({ decision }) => (decision === "non_identity") === isProgram || decision === "deny");
  const first = asked.find((policy) => speaksOf(policy, identity));
  return first !== undefined && first.decision !== "deny";
}

function speaksOf({ include, exclude = [], require = [] }: Policy, identity: Identity): boolean {
  const matches = (rule: Rule) => isMeant(rule, identity);
  return include.some(matches) && !exclude.some(matches) && require.every(matches);
}

function isMeant(rule: Rule, identity: Identity): boolean {
  if ("everyone" in rule) return true;
  if ("serviceToken" in identity)
    return (
      "any_valid_service_token" in rule ||
      ("service_token" in rule && rule.service_token.token_id === identity.serviceToken)
    );
  const email = identity.email.toLowerCase();
  if ("email" in rule) return rule.email.email.toLowerCase() === email;
  return "email_domain" in rule && email.endsWith(`@${rule.email_domain.domain.toLowerCase()}`);
}
