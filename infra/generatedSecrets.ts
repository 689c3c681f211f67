import * as pulumi from "@pulumi/pulumi";
import { generatedSecrets, type GeneratedSecret as SecretName, secretPrefixes } from "../worker/bindings.ts";
import type { BotConfig } from "./config.ts";
import { GeneratedSecret } from "./generatedSecret.ts";

/** The secrets that the stack makes for itself: who may operate, who may chat, and two that never leave the Worker. */
export class GeneratedSecrets extends pulumi.ComponentResource {
  readonly adminToken: pulumi.Output<string>;
  readonly clientToken: pulumi.Output<string>;
  /** Values for the Worker's bindings: binding → JSON text. */
  readonly bindings: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, config: BotConfig, opts?: pulumi.ComponentResourceOptions) {
    super("talaria:index:GeneratedSecrets", name, {}, opts);
    const make = (secret: SecretName) => {
      const version = config.secretVersions[secret];
      const args = { version, overlapSeconds: config.secretOverlapSeconds, prefix: secretPrefixes[secret] };
      return new GeneratedSecret(`${name}-${secret}`, args, { parent: this });
    };
    const secrets = {
      adminToken: make("adminToken"),
      clientToken: make("clientToken"),
      apiServerKey: make("apiServerKey"),
      sessionKey: make("sessionKey"),
    } satisfies Record<SecretName, GeneratedSecret>;

    this.adminToken = secrets.adminToken.current;
    this.clientToken = secrets.clientToken.current;
    this.bindings = Object.fromEntries(
      Object.entries(secrets).map(([secret, { value }]) => [generatedSecrets[secret as SecretName], value]),
    );
    this.registerOutputs({});
  }
}
