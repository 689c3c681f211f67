/** The Pulumi program: configuration in, one bot, outputs out. */
import * as pulumi from "@pulumi/pulumi";
import { HermesBot } from "./bot.ts";
import { readConfig } from "./config.ts";
import { dockerLack } from "./dockerCheck.ts";
import { imagesToBuild } from "./imageBuild.ts";
import { monthlyCost } from "./monthlyCost.ts";
import { botNames } from "./naming.ts";
import { preflight } from "./preflight.ts";

const config = readConfig();
void pulumi.log.info(monthlyCost(config));
const names = botNames(config.project, config.stack);
const docker = imagesToBuild(config).length > 0 ? dockerLack : undefined;
const account = await preflight(config, names, docker);
const bot = new HermesBot("bot", { config, names, account });

/** Where the bot answers. */
export const url = bot.url;
/** The operator's token. */
export const adminToken = bot.adminToken;
/** The first client's token, for /v1. */
export const clientToken = bot.clientToken;
/** The same bot's names in the account. */
export { names };
/** Image of each container application: declared, and running when the account was last asked. */
export const images = bot.images;
/** What the images of the account take, of what it may take. */
export const imageStorage = bot.imageStorage;
/** SHA-256 of the Worker's code and of the declaration. */
export const hashes = bot.hashes;
/** Opens the snapshots with restic, without the Worker. */
export const recovery = bot.recovery;
/** Where Hermes' dashboard answers. */
export const dashboardUrl = bot.dashboardUrl;
/** Lets `./talaria` through Cloudflare Access, where that stands before the bot. */
export const accessServiceToken = bot.accessServiceToken ?? null;
/** What to type next. */
export const next = `./talaria chat "hello" --stack ${config.stack}`;
