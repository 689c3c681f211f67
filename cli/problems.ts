/** Every error of the command line: its code, what happened and what to type next. `{name}` is filled in. */

interface Problem {
  readonly message: string;
  readonly next: string;
}

/** The registry. */
export const problems = {
  usage: { message: "{detail}", next: "See `./talaria {command}--help`." },
  noMessage: { message: "There is nothing to say.", next: 'Type it: ./talaria chat "hello", or pipe it in.' },

  stackUnreadable: {
    message: "The outputs of stack {stack} cannot be read: {detail}",
    next: "Try `npm run pulumi -- stack output --stack {stack}`.",
  },
  noStack: { message: "There is no stack {stack} yet.", next: "{deploy}" },
  notDeployed: {
    message: "Stack {stack} has no output {output}: it is not deployed, or not to the end.",
    next: "{deploy}",
  },
  configUnreadable: {
    message: "{key} of stack {stack} cannot be read: {detail}",
    next: "Try `npm run pulumi -- config get {key} --stack {stack}`, where the stack's configuration and passphrase are.",
  },
  kitNeedsStack: {
    message: "TALARIA_URL names a bot, but a recovery kit comes from a stack's outputs.",
    next: "Name the stack: ./talaria recovery-kit --stack NAME, or the place: --account ID --bucket NAME",
  },
  noRecovery: {
    message: "Stack {stack} has no output recovery: it is destroyed, or was never deployed.",
    next: "The bucket outlives its stack. Name it: ./talaria recovery-kit --stack {stack} --account ID --bucket talaria-{stack}-snapshots",
  },
  noPlace: {
    message: "This names no bucket: {detail}",
    next: "Give both: ./talaria recovery-kit --account ID --bucket NAME",
  },
  passwordNeedsStack: {
    message: "TALARIA_URL names a bot, but the repository's password stands in a stack's configuration.",
    next: "Name the stack: ./talaria rotate-password --stack NAME",
  },
  setupNeedsStack: {
    message: "TALARIA_URL names a bot, but Slack's tokens go into a stack's configuration.",
    next: "Name the stack: ./talaria slack-setup --stack NAME",
  },
  setupByHand: {
    message: "slack-setup asks questions, and nobody is here to answer them.",
    next: "Run it at a terminal, or do by hand what it does, each token by stdin:\n./talaria slack-manifest --stack {stack}     paste it at https://api.slack.com/apps, install the app\nnpm run pulumi -- config set --secret talaria:slackBotToken --stack {stack}\nnpm run pulumi -- config set --secret talaria:slackAppToken --stack {stack}\nnpm run pulumi -- config set --path 'talaria:slack.allowedUsers[0]' <member id> --stack {stack}",
  },
  operatorSetupByHand: {
    message: "slack-setup asks questions, and nobody is here to answer them.",
    next: "Run it at a terminal, or do by hand what it does, each secret by stdin:\n./talaria slack-manifest --operator --stack {stack}     paste it at https://api.slack.com/apps, install the app\nnpm run pulumi -- config set --secret talaria:operatorSlackBotToken --stack {stack}\nnpm run pulumi -- config set --secret talaria:operatorSlackSigningSecret --stack {stack}\nnpm run pulumi -- config set --path 'talaria:operatorBot.allowedUsers[0]' <member id> --stack {stack}",
  },
  mcpLoginUnfinished: {
    message: "Nobody finished the login at {name} within {seconds} seconds.",
    next: "Try again, with more time if need be: ./talaria mcp login {name} --timeout 900",
  },
  mcpLoginFailed: {
    message: "Hermes is not logged in at {name}: {detail}",
    next: "Look at what it has: ./talaria mcp list. A server that registers no clients wants talaria:mcpServers.{name}.oauth.clientId.",
  },
  slackSilent: {
    message: "Slack does not answer at {host} ({detail}).",
    next: "What was kept stays. Go on with the same command.",
  },
  configNotSet: {
    message: "talaria:{key} could not be set in the configuration of stack {stack}: {detail}",
    next: "What was kept before it stays. Go on with the same command.",
  },
  initByHand: {
    message: "init asks questions, and nobody is here to answer them.",
    next: "Run it at a terminal, or say it all; secrets come as variables, never as arguments:\n./talaria init NAME --yes --environment prod --account-id ID --provider anthropic [--chat slack --allow ID]\nwith CLOUDFLARE_API_TOKEN, ANTHROPIC_API_KEY, SLACK_BOT_TOKEN, … in the environment, or --secrets FILE (- for stdin).\nAn existing Hermes: --from ~/.hermes",
  },
  initLacks: {
    message: "Nobody is here to be asked, and this lacks:\n{lacking}",
    next: "Say it: flags on the command line; secrets as variables of the environment, or by --secrets FILE (- for stdin).",
  },
  initValue: { message: '{flag}: "{value}" {problem}', next: "See `./talaria init --help`." },
  initSecret: { message: "{variable} {problem}", next: "Nothing was written. Set it right, then once more." },
  initLocal: {
    message: "Stack {stack} lies on the Cloudflare of this machine, which declares it.",
    next: "Start it: npm run local. A bot on your account has another name: ./talaria init dev",
  },
  initProblems: {
    message: "Nothing was written: a deploy would refuse it.\n{problems}",
    next: "Say it otherwise: ./talaria init --help",
  },
  initHome: {
    message: "{folder} {detail}",
    next: "Name a folder of Hermes: ~/.hermes, /opt/data of its Docker image, or /var/lib/hermes of NixOS.",
  },
  initRefused: { message: "This cannot be a stack: {detail}", next: "Name it otherwise: ./talaria init NAME" },
  initWouldChange: { message: "{what}", next: "Let it: --force. Or name another stack." },
  initPassphrase: {
    message: "Pulumi encrypts this stack's secrets by a passphrase, and has none.",
    next: "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, or use another way: --secrets-provider awskms://…. Nothing was written.",
  },
  initNoLogin: {
    message: "Pulumi has no place to keep stacks yet: {detail}",
    next: "Choose one, then once more: npm run pulumi -- login, login --local, or login s3://…. Nothing was written.",
  },
  initNoStack: {
    message: "Stack {stack} could not be made: {detail}",
    next: "Mend that, then once more. Nothing was written.",
  },
  brokenOff: { message: "Broken off.", next: "What was kept stays. Go on with the same command." },
  noWriteKey: {
    message: "No key that writes the bucket could be made: {detail}",
    next: 'The stack\'s cloudflareApiToken needs the permission "Account API Tokens: Edit".',
  },
  noRestic: {
    message: "There is no restic on PATH, which changes the keys of the repository.",
    next: "Install restic 0.17 or newer: https://restic.net",
  },
  resticFailed: {
    message: "restic {command} failed: {detail}",
    next: "Nothing is lost: the old password opens. Try again.",
  },
  objectStays: {
    message: "{key} could not be removed from the bucket: {detail}",
    next: "Try again: ./talaria rotate-password --finish",
  },
  passwordOpensNothing: {
    message: "The configured repository password does not open the bucket {bucket}.",
    next: "Set the right one: npm run pulumi -- config set --secret talaria:repositoryPassword --stack NAME",
  },
  passwordNotSet: {
    message:
      "The new password opens the repository, but could not be set in the configuration of stack {stack}: {detail}",
    next: "The old one still opens and is still configured. Try again: ./talaria rotate-password --stack {stack}",
  },
  passwordNotDeployed: {
    message: "Stack {stack} has changes that are not deployed, perhaps the new password: no key was removed.",
    next: "Deploy them: npm run pulumi -- up --stack {stack}, then ./talaria rotate-password --finish --stack {stack}",
  },
  sayYesToKeys: {
    message: "The old keys of the repository are removed for good, and nobody is here to be asked.",
    next: "Say so: ./talaria rotate-password --finish --yes",
  },
  fileExists: {
    message: "{file} exists already.",
    next: "Name another file: nothing is overwritten.",
  },
  fileRefused: {
    message: "{file} cannot be written: {detail}",
    next: "Name another file.",
  },
  wouldOverwrite: {
    message: "{file} exists already.",
    next: "Name another file, or go over it: --force.",
  },
  fileUnreadable: {
    message: "{file} cannot be read: {detail}",
    next: "Name a file, or - for what is piped in.",
  },
  folderGiven: {
    message: "{file} is a folder.",
    next: "Pack it on the way: tar -cz {file} | ./talaria exec put - NAME.tar.gz",
  },
  namesNoFile: {
    message: "{path} names no file.",
    next: "See what is there: ./talaria exec ls",
  },
  nameForStdin: {
    message: "What is piped in has no name.",
    next: "Give one: ./talaria exec put - PATH",
  },
  sandboxLost: {
    message: "The sandbox of session {session} is gone, and the terminal with it.",
    next: "Open another one: ./talaria exec shell --session {session}",
  },
  containerLost: {
    message: "The agent's container has ended, and this with it.",
    next: "See why: ./talaria status. Then once more: the next container has the same memory.",
  },
  noCodexCli: {
    message: "The agent's container has no Codex CLI.",
    next: "pulumi config set talaria:codexCli true, then pulumi up. Hermes' own login needs none: ./talaria codex login",
  },
  workspaceHasIt: {
    message: "{path} is in the workspace already.",
    next: "Name another place, or go over it: --force.",
  },
  noUrl: {
    message: "TALARIA_ADMIN_TOKEN is set, but TALARIA_URL is not.",
    next: "Set both, unset both to use stack local, or name a stack: --stack NAME.",
  },
  badUrl: {
    message: "{origin} {url} is not an http(s) address of a bot.",
    next: "It looks like https://bot.example.workers.dev.",
  },
  plainHttp: {
    message: "{url} would carry the token in plain text over the network.",
    next: "Use https. Plain http is for loopback addresses only.",
  },
  noAdminToken: {
    message: "TALARIA_URL is set, but TALARIA_ADMIN_TOKEN is not.",
    next: "Set it from `npm run pulumi -- stack output adminToken --show-secrets --stack NAME`, or name the stack: --stack NAME. With Cloudflare Access a log-in is enough: cloudflared access login URL/api",
  },
  noClientToken: {
    message: "TALARIA_URL is set, but there is no client token for it.",
    next: "Set TALARIA_CLIENT_TOKEN from `npm run pulumi -- stack output clientToken --show-secrets --stack NAME`, or name the stack: --stack NAME.",
  },

  accessLogIn: {
    message: "Cloudflare Access stands before {url} and knows nobody here.",
    next: "Log in with `cloudflared access login {login}` and repeat, or set TALARIA_ACCESS_CLIENT_ID and TALARIA_ACCESS_CLIENT_SECRET; a stack has its own: --stack NAME.",
  },
  accessRefused: {
    message: "Cloudflare Access does not let this service token or log-in through to {url}.",
    next: "See who may with `npm run pulumi -- preview`, and let the stack set it right with up; a log-in ends after its time: cloudflared access login {login}",
  },
  accessHalf: {
    message: "Of TALARIA_ACCESS_CLIENT_ID and TALARIA_ACCESS_CLIENT_SECRET only one is set.",
    next: "Set both from `npm run pulumi -- stack output accessServiceToken --show-secrets --stack NAME`, or neither.",
  },
  certificatePending: {
    message: "The certificate of {host} is pending: no secure connection can be made ({detail}).",
    next: "Cloudflare issues it within minutes of a new hostname; its state: dashboard, SSL/TLS > Edge Certificates. Then try again.",
  },
  unreachable: { message: "{url} cannot be reached ({detail}).", next: "{start}" },
  tokenRefused: { message: "{url} refuses the {kind} token: {detail}", next: "{print}" },
  forbidden: { message: "This token may not do that: {detail}", next: "{print}" },
  unexpected: {
    message: "{url} gave an answer that is not the bot's (HTTP {status}): {detail}",
    next: "Check the address, then `npm run pulumi -- preview`.",
  },
  refused: { message: "{detail}", next: "{advice}" },
  cutOff: { message: "The answer broke off before its end ({detail}).", next: "See why: ./talaria logs --tail 50" },
  modelFailed: { message: "The bot has no answer: {detail}", next: "See why: ./talaria logs --tail 50" },

  runDied: {
    message: "There is no end of {doing} ({run}): {detail}",
    next: "See how it stands: ./talaria status",
  },
  notSaved: { message: "The memory was not saved: {detail}", next: "{advice}" },
  notRestored: {
    message: "The snapshot was not restored: {detail}",
    next: "See what the bot runs on now: ./talaria status",
  },
  snapshotId: {
    message: "{id} is not the id of a snapshot, nor its first six digits or more.",
    next: "See what is saved: ./talaria snapshots",
  },
  snapshotUnknown: { message: "No snapshot's id begins with {id}.", next: "See what is saved: ./talaria snapshots" },
  snapshotAmbiguous: {
    message: "The ids of {count} snapshots begin with {id}.",
    next: "Type more of it: ./talaria snapshots",
  },
  sayYes: {
    message: "A restore replaces the bot's memory, and nobody is here to be asked.",
    next: "Say so: ./talaria restore {id} --yes",
  },
  rollbackNeedsStack: {
    message: "TALARIA_URL names a bot, but a rollback sets the image in a stack.",
    next: "Name the stack: ./talaria rollback --stack NAME",
  },
  noUpgrade: {
    message: "No promoted snapshot is known that an upgrade to the declared image {image} followed.",
    next: "To go back in state alone: ./talaria snapshots, then ./talaria restore <id>",
  },
  sayYesToRollback: {
    message: "A rollback replaces image and memory, and nobody is here to be asked.",
    next: "Say so: ./talaria rollback --yes",
  },
  stateNotBack: {
    message: "Nothing went back, neither image nor state: {detail}",
    next: "See how it stands: ./talaria status",
  },
  imageNotNamed: {
    message: "The state is back and the bot is stopped, but the image could not be set: {detail}",
    next: "Go on: {on}\nOr back to what was: {back}",
  },
  imageNotBack: {
    message: "The state is back and the bot is stopped, but the stack could not be deployed: {detail}",
    next: "Go on: {on}\nOr back to what was: {back}",
  },
  backNotStarted: {
    message: "Image and state are back, but the bot did not start: {detail}",
    next: "See why: ./talaria logs\nOr back to what was: {back}",
  },
  notExported: {
    message: "There is no archive: {detail}",
    next: "Once more: ./talaria export FILE. Without the Worker: ./talaria recovery-kit",
  },
  archiveBroken: {
    message: "What arrived is not what was sent (SHA-256): nothing was kept.",
    next: "Once more: ./talaria export FILE",
  },
  homeUnreadable: {
    message: "{path} cannot be read to its end: {detail}",
    next: "Name a folder of Hermes, such as ~/.hermes, or an archive of one. Where a gateway still writes into it: `hermes backup`.",
  },
  sayYesToImport: {
    message: "An import changes the bot's memory, and nobody is here to be asked.",
    next: "Say so: ./talaria import {path} --{mode} --yes",
  },
  notImported: { message: "Nothing was imported: {detail}", next: "{advice}" },
  importBroken: {
    message: "What arrived is not what was sent (SHA-256): the bot's memory is as it was.",
    next: "Import it once more.",
  },
  memoryMoved: {
    message: "Somebody has woken the bot, and it has learned something since: its memory is as it is now.",
    next: "Import it once more, or take what was made all the same: ./talaria restore {id}",
  },
  tooLargeForCloudflare: {
    message:
      "{url} takes no request as large as this: Cloudflare's limit is 100 MB on the Free and Pro plans, 200 MB on Business.",
    next: "Leave out what the bot can do without. It can follow with --merge, in parts that each hold config.yaml and SOUL.md, too.",
  },
  leftStopped: {
    message: "{detail}\nThe bot is stopped, its memory is as it was.",
    next: "Start it: ./talaria wake",
  },
  sayName: {
    message: "A fresh start takes the bot's memory away, and nobody is here to type its name.",
    next: "Say it: ./talaria start-fresh --name {bot}",
  },
  otherBot: {
    message: '"{given}" is not the name of this bot, which is {bot}. Nothing was done.',
    next: "Name it, or another stack: --stack NAME",
  },
  notFresh: {
    message: "The bot has not started with an empty memory: {detail}",
    next: "See how it stands: ./talaria status. Its memory before: ./talaria snapshots",
  },
  notConfirmed: { message: "Nothing was done.", next: "Answer y to go on." },
  drillFailed: {
    message: "The memory could not be restored into an empty container: {detail}",
    next: "Save it anew with `./talaria snapshot`, then `./talaria drill`. `./talaria status` keeps the alarm.",
  },
  careFailed: { message: "The repository was not tidied: {detail}", next: "See why: ./talaria logs --source worker" },
  notCompared: { message: "The snapshots were not compared: {detail}", next: "See what is saved: ./talaria snapshots" },

  notConverged: {
    message: "The bot has not come up after {seconds} seconds: {detail}",
    next: "See why: ./talaria status, ./talaria logs",
  },
  imageKept: {
    message: "The bot runs, but not what is declared: {detail}.",
    next: "Roll out once more: `npm run pulumi -- up`. `./talaria status` shows both images.",
  },
  neverReached: {
    message: "{url} has not answered for {seconds} seconds: {detail}",
    next: "Check the route: `npm run pulumi -- preview`, then `npm run pulumi -- up`.",
  },
  noWhatIf: {
    message: "The deployed bot answers for the sizes and the sleepAfter that it has, not for others.",
    next: "Deploy this version first: npm run pulumi -- up",
  },
  noAlarmChannel: {
    message: "This bot tells its alarms to nobody: no channel is configured.",
    next: "pulumi config set --secret talaria:alarmWebhookUrl <url>, or fields of talaria:alarms (slackChannel, email), then pulumi up",
  },
  alarmNotTold: {
    message: "Not every channel took the test: {channels}",
    next: "Mend what it answered, in the configuration or over there, then send it again: ./talaria alarms test",
  },
  internal: {
    message: "This is a defect of the command line: {detail}",
    next: "Please report it with the command that you typed.",
  },
} as const satisfies Record<string, Problem>;

/** A code of {@link problems}. */
export type ProblemCode = keyof typeof problems;

/** The names between braces in a text. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** What a problem's texts want to be filled with. */
type Values<Code extends ProblemCode> = Readonly<
  Record<Names<(typeof problems)[Code]["message"] | (typeof problems)[Code]["next"]>, string | number>
>;

/** A code, its values, and the code that the bot itself gave the error. */
type Arguments = {
  [Code in ProblemCode]: keyof Values<Code> extends never
    ? [code: Code]
    : [code: Code, values: Values<Code>, botCode?: string | undefined];
}[ProblemCode];

/** An error for a person. The bot's own errors keep their code. */
export class CliError extends Error {
  readonly code: string;
  readonly next: string;
  /** HTTP status, where the bot answered. */
  status: number | undefined;

  constructor(...[code, values, botCode]: Arguments) {
    const given = new Map<string, string | number>(Object.entries(values ?? {}));
    const fill = (text: string) =>
      text.replace(/\{(\w+)\}/g, (whole, name: string) => String(given.get(name) ?? whole));
    super(fill(problems[code].message));
    this.name = "CliError";
    this.code = botCode ?? code;
    this.next = fill(problems[code].next);
  }
}

/** Any thrown value as an error for a person. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  return new CliError("internal", { detail: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
