/** What a container reaches: the one place where a declared policy becomes fields of an SDK class. */
import type { NetworkDeclaration } from "../declarationSchema.ts";

/** Fields of the SDK's `Sandbox` that decide about outbound connections. */
export interface NetworkFields {
  /** Whether anything but intercepted HTTP leaves. The platform takes it when a container starts, not later. */
  readonly enableInternet: boolean;
  /** Whether HTTPS passes the list too; the container then has to trust the platform's certificate authority. */
  readonly interceptHttps: boolean;
  /** The only hosts that HTTP gets to, handlers of the Worker included. Undefined: all. */
  readonly allowedHosts: string[] | undefined;
}

/**
 * The fields for a policy. `own` are hosts that handlers of the class answer; they stay reachable whatever the policy.
 * An allowlist without `interceptHttps` would leave HTTPS shut: the internet is off, and only what is intercepted leaves.
 */
export function networkFields({ network, hosts }: NetworkDeclaration, own: readonly string[] = []): NetworkFields {
  switch (network) {
    case "internet":
      return { enableInternet: true, interceptHttps: false, allowedHosts: undefined };
    case "allowlist":
      return { enableInternet: false, interceptHttps: true, allowedHosts: [...own, ...hosts] };
    case "none":
      return { enableInternet: false, interceptHttps: false, allowedHosts: [...own] };
  }
}
