import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceToken } from "./accessGate.ts";

/** What the last step needs to know. */
export interface ConvergeArgs {
  readonly url: pulumi.Input<string>;
  readonly adminToken: pulumi.Input<string>;
  /** Lets the step through Access, where that stands before the bot. */
  readonly serviceToken: pulumi.Output<ServiceToken> | undefined;
  /** Values of which each makes the step run again when it changes. */
  readonly when: readonly pulumi.Input<string>[];
}

/**
 * The only step that waits for the bot: drains what runs, waits for what starts, and says what it waits for.
 * A rollout that is slow or fails cannot corrupt the state of the resources before it.
 */
export class Converge extends pulumi.ComponentResource {
  constructor(
    name: string,
    { url, adminToken, serviceToken, when }: ConvergeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("talaria:index:Converge", name, {}, opts);
    const throughAccess = serviceToken && {
      TALARIA_ACCESS_CLIENT_ID: serviceToken.clientId,
      TALARIA_ACCESS_CLIENT_SECRET: serviceToken.clientSecret,
    };
    new command.local.Command(
      `${name}-wait`,
      {
        create: "./talaria converge",
        dir: "..", // the repository's top: the program and its plugins run in infra/
        environment: { TALARIA_URL: url, TALARIA_ADMIN_TOKEN: pulumi.secret(adminToken), ...throughAccess },
        triggers: [...when],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
