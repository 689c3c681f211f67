/**
 * The only maker of physical names. Two stacks never get the same name, whatever they are called:
 * a plain `project-stack` stays as it is, anything that has to be changed to fit gets a short hash.
 */
import { createHash } from "node:crypto";
import { type ApplicationName, applications } from "../worker/bindings.ts";

/** Physical names of everything that one bot owns in an account. */
export interface BotNames {
  /** The Worker, and with it the label on workers.dev: at most 63 characters. */
  readonly worker: string;
  /** The R2 bucket: 3 to 63 of a-z, 0-9 and hyphens. */
  readonly bucket: string;
  /** The scoped R2 token. */
  readonly recoveryToken: string;
  /** The AI Gateway, and the Worker's token for it. */
  readonly aiGateway: string;
  /** What stands before the bot in Cloudflare Access. */
  readonly access: {
    readonly operators: string;
    readonly dashboard: string;
    readonly people: string;
    readonly programs: string;
    readonly serviceToken: string;
  };
  /** Container applications; names are unique in an account in practice. */
  readonly applications: Readonly<Record<ApplicationName, string>>;
}

/** Leaves room for the longest suffix, `-snapshots`, within 63 characters. */
const longestBot = 50;
const hashLength = 8;

/** Names of the bot that a stack makes. */
export function botNames(project: string, stack: string): BotNames {
  const bot = botName(project, stack);
  return {
    worker: bot,
    bucket: `${bot}-snapshots`,
    recoveryToken: `${bot}-recovery`,
    aiGateway: `${bot}-models`,
    access: {
      operators: bot,
      dashboard: `${bot}-dashboard`,
      people: `${bot}-people`,
      programs: `${bot}-programs`,
      serviceToken: `${bot}-stack`,
    },
    applications: named((application) => `${bot}-${application}`),
  };
}

/** Makes one value per container application. */
export function named<T>(make: (application: ApplicationName) => T): Record<ApplicationName, T> {
  const [hermes, exec, care] = applications;
  return { [hermes]: make(hermes), [exec]: make(exec), [care]: make(care) } as Record<ApplicationName, T>;
}

/**
 * Namespace id of a rate limit binding: a positive integer as text, shared by all Workers of an account,
 * so it is drawn from project, stack and purpose.
 */
export function rateLimitNamespace(project: string, stack: string, purpose: string): string {
  const drawn = createHash("sha256")
    .update(JSON.stringify([project, stack, purpose]))
    .digest()
    .readUInt32BE();
  return String((drawn >>> 1) + 1);
}

function botName(project: string, stack: string): string {
  const wanted = `${project}-${stack}`;
  const slug = wanted
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  if (slug === wanted && slug.length <= longestBot && isUnmistakable(project, slug)) return slug;
  const hash = createHash("sha256")
    .update(JSON.stringify([project, stack]))
    .digest("hex")
    .slice(0, hashLength);
  const head = slug.slice(0, longestBot - hashLength - 1).replace(/-$/, "");
  return head === "" ? `bot-${hash}` : `${head}-${hash}`;
}

/** `a-b` + `c` and `a` + `b-c` read alike, and so does a stack whose name ends like one of our hashes. */
function isUnmistakable(project: string, slug: string): boolean {
  return !project.includes("-") && !/-[0-9a-f]{8}$/.test(slug);
}
