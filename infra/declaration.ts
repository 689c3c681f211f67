import * as pulumi from "@pulumi/pulumi";
import { configSecrets } from "../worker/bindings.ts";
import {
  type AccessDeclaration,
  alarmPolicySchema,
  type Declaration,
  declarationSchema,
} from "../worker/declarationSchema.ts";
import type { AiGatewayDeclaration } from "../worker/model/aiGatewaySchema.ts";
import { restartSchema } from "../worker/restartSchema.ts";
import { withCodexHosts } from "./config/codex.ts";
import { mcpDeclaration } from "./config/hermes/mcp/declaration.ts";
import { hermesVersionOf } from "./config/hermes/releases.ts";
import { spendPolicy } from "./config/spend.ts";
import type { BotConfig } from "./config.ts";
import { imageTags } from "./imageBuild.ts";
import type { ImageReferences } from "./images.ts";
import type { BotNames } from "./naming.ts";
import { versions } from "./versions.ts";

/** What is known only once it is made in the account; undefined where it is not declared. */
export interface Made {
  readonly access: pulumi.Output<AccessDeclaration> | undefined;
  readonly aiGateway: pulumi.Output<AiGatewayDeclaration> | undefined;
}

/** What the Worker is told about the stack, as text with sorted fields. Holds no secret. */
export function declarationText(
  config: BotConfig,
  names: BotNames,
  images: ImageReferences,
  { access, aiGateway }: Made,
): pulumi.Output<string> {
  const known = pulumi.all([images.hermes, images.exec, images.care, access, aiGateway]);
  return known.apply(([hermes, exec, care, gate, models]) => {
    const made = { ...(gate && { access: gate }), ...(models && { aiGateway: models }) };
    const declaration = { ...declarationOf(config, names, { hermes, exec, care }), ...made };
    return JSON.stringify(declarationSchema.parse(declaration), undefined, 2);
  });
}

/** As the stack's configuration has it: all that is known before anything is made. */
export function declarationOf(config: BotConfig, names: BotNames, images: Declaration["images"]): Declaration {
  const { baseUrl, contextLength, routes } = config.model;
  const { intervalMinutes, keep, drillDays, careIndexFiles } = config.snapshots;
  return {
    bot: names.worker,
    stack: config.stack,
    engine: config.engine,
    images,
    tags: { ...imageTags(config, names) },
    versions: {
      talaria: versions.talaria,
      hermes: hermesVersionOf(config),
      sdk: versions.sdk,
    },
    sleepAfterSeconds: config.sleepAfterSeconds,
    chatPlatforms: [...config.chatPlatforms],
    maxConcurrentRuns: config.maxConcurrentRuns,
    model: {
      default: config.model.default,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(contextLength === undefined ? {} : { contextLength }),
      ...(routes === undefined || Object.keys(routes).length === 0 ? {} : { routes }),
    },
    settings: config.settings,
    environment: config.environment,
    snapshots: { intervalMinutes, keep, drillDays, careIndexFiles },
    agent: withCodexHosts({ network: config.agent.network, hosts: config.agent.hosts }, config.model.default),
    exec: config.exec,
    ...(config.dashboard.hostname === undefined ? {} : { dashboard: { hostname: config.dashboard.hostname } }),
    ...alarmsOf(config),
    ...operatorBotOf(config),
    ...spendOf(config),
    sizes: config.sizes,
    estimate: config.estimate,
    ...(config.corsOrigins.length === 0 ? {} : { corsOrigins: config.corsOrigins }),
    ...(Object.keys(config.mcpServers).length === 0 ? {} : { mcpServers: mcpDeclaration(config.mcpServers) }),
    ...config.files,
    ...(config.workingDirectory === undefined ? {} : { workingDirectory: config.workingDirectory }),
    ...(config.timezone === undefined ? {} : { timezone: config.timezone }),
    ...(config.extraArgs.length === 0 ? {} : { extraArgs: config.extraArgs }),
    ...restartOf(config),
  };
}

/** What of the alarms is not as their table of causes has it. */
function alarmsOf({ alarms }: BotConfig): Pick<Declaration, "alarms"> {
  const declared = alarmPolicySchema.parse(alarms);
  return JSON.stringify(declared) === JSON.stringify(alarmPolicySchema.parse({})) ? {} : { alarms: declared };
}

/** What becomes of a gateway that ends, where it is not what everybody gets. */
function restartOf({ restart }: BotConfig): Pick<Declaration, "restart"> {
  const declared = restartSchema.parse(restart);
  return JSON.stringify(declared) === JSON.stringify(restartSchema.parse({})) ? {} : { restart: declared };
}

function spendOf({ spend }: BotConfig): Pick<Declaration, "spend"> {
  const declared = spendPolicy(spend);
  return declared === undefined ? {} : { spend: declared };
}

/** The operator's Slack app, where one of its secrets is set. */
function operatorBotOf({ secrets, operatorBot, chatApis }: BotConfig): Pick<Declaration, "operatorBot"> {
  const { operatorSlackBotToken, operatorSlackSigningSecret } = configSecrets;
  if (!(operatorSlackBotToken in secrets || operatorSlackSigningSecret in secrets)) return {};
  return { operatorBot: { allowedUsers: operatorBot.allowedUsers, slackApi: chatApis.slack } };
}
