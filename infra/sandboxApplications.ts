import * as pulumi from "@pulumi/pulumi";
import type { ApplicationName, ClassName, classes } from "../worker/bindings.ts";
import { ContainerApplication } from "./cloudflare/containerApplication.ts";
import type { BotConfig } from "./config.ts";
import type { ImageReferences } from "./images.ts";
import { type BotNames, named } from "./naming.ts";

/** What the container applications of a bot are made from. */
export interface SandboxApplicationsArgs {
  readonly config: BotConfig;
  readonly names: BotNames;
  readonly images: ImageReferences;
  /** The Worker's name, known once its classes exist. */
  readonly scriptName: pulumi.Input<string>;
}

/** Containers that may run beside the wanted ones, while old ones are replaced. */
const replacement = { hermes: 1, care: 1, exec: 2 } as const;

/** An application's image: what is declared, and what its containers ran when the account was last asked. */
export interface ApplicationImage {
  readonly declared: pulumi.Output<string>;
  readonly running: pulumi.Output<readonly string[]>;
}

/** The bot's container applications: Hermes, Exec and Care. */
export class SandboxApplications extends pulumi.ComponentResource {
  readonly images: Readonly<Record<ApplicationName, ApplicationImage>>;

  constructor(name: string, args: SandboxApplicationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("talaria:index:SandboxApplications", name, {}, opts);
    const { config, names, images, scriptName } = args;
    const limits = maxInstances(config);
    const { step, gracePeriod } = config.rollout;
    this.images = named((application) => {
      const { image: declared, running } = new ContainerApplication(
        `${name}-${application}`,
        {
          accountId: config.accountId,
          name: names.applications[application],
          scriptName,
          className: classOf(application),
          image: images[application],
          instanceType: config.sizes[application],
          maxInstances: limits[application],
          rolloutStep: step,
          rolloutGraceSeconds: gracePeriod,
        },
        { parent: this },
      );
      return { declared, running };
    });
    this.registerOutputs({});
  }
}

/** One Hermes and one Care at a time, as many Exec as may run in parallel and wait as spares; each with room for replacement. */
export function maxInstances({ exec }: Pick<BotConfig, "exec">): Readonly<Record<ApplicationName, number>> {
  return {
    hermes: 1 + replacement.hermes,
    exec: exec.parallel + exec.spare + replacement.exec,
    care: 1 + replacement.care,
  };
}

function classOf(application: ApplicationName): ClassName {
  const owners = { hermes: "AgentBox", exec: "ExecBox", care: "CareBox" } as const satisfies {
    readonly [A in ApplicationName]: {
      [C in ClassName]: (typeof classes)[C] extends { application: A } ? C : never;
    }[ClassName];
  };
  return owners[application];
}
