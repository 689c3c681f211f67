import { filled } from "./filled.ts";

/**
 * The registry of everything that can go wrong at the front door: code → HTTP status → what happened → what to do next.
 * `{name}` is filled from the error's details. A handler throws `new BotError(code, details)`; the one `onError` answers.
 */
interface Problem {
  readonly status: 400 | 401 | 402 | 403 | 404 | 405 | 409 | 411 | 413 | 416 | 429 | 500 | 502 | 503 | 504;
  /** OpenAI's error type on /v1. */
  readonly type: string;
  readonly message: string;
  readonly next: string;
  /** It stays so until the request is another one: clients shall not send it again by themselves. */
  readonly lasts?: true;
}

export const problems = {
  notConfigured: {
    status: 503,
    type: "server_error",
    message: "The secret {setting} is not configured, so this door stays shut.",
    next: "Run `pulumi up`: the stack makes and binds it.",
  },
  tokenMissing: {
    status: 401,
    type: "invalid_request_error",
    message: "No token. Send it as `Authorization: Bearer <token>`.",
    next: "Print it with `./talaria env --stack <stack>`.",
  },
  tokenRefused: {
    status: 401,
    type: "invalid_request_error",
    message: "This token is not valid here.",
    next: "Print the current one with `./talaria env --stack <stack>`.",
  },
  tokenInUrl: {
    status: 400,
    type: "invalid_request_error",
    message: "A token in a URL ends up in logs and histories, so it is refused.",
    next: "Rotate that token, then send it as `Authorization: Bearer <token>`.",
  },
  wrongDoor: {
    status: 403,
    type: "invalid_request_error",
    message: "This is a {given} token; this route takes the {wanted} token.",
    next: "`./talaria env --stack <stack>` prints both: OPENAI_API_KEY is the client token, TALARIA_ADMIN_TOKEN the admin token.",
  },
  tokenExpired: {
    status: 401,
    type: "invalid_request_error",
    message: "The token {name} is valid no more.",
    next: "An operator makes a new one: `./talaria token rotate {name}`.",
  },
  accessRefused: {
    status: 401,
    type: "invalid_request_error",
    message: "Cloudflare Access' assertion does not open this bot: {reason}.",
    next: "Log in anew. If it stays so, `pulumi up` binds the application's audience again.",
  },
  accessUnavailable: {
    status: 503,
    type: "server_error",
    message: "The keys of Cloudflare Access ({issuer}) cannot be had, so no assertion can be checked: {reason}",
    next: "Send the request again in {retryAfter} seconds, or use the admin token.",
  },
  sessionOver: {
    status: 401,
    type: "invalid_request_error",
    message: "This session is over.",
    next: "Log in again, at /login.",
  },
  foreignOrigin: {
    status: 403,
    type: "invalid_request_error",
    message: "This was asked from {origin}, and only the bot's own pages may.",
    next: "Open the bot's own address, or send the admin token as `Authorization: Bearer <token>`.",
  },
  plainHttp: {
    status: 400,
    type: "invalid_request_error",
    message: "This came over plain http, where a token can be read on its way.",
    next: "Rotate that token, then use https.",
  },
  tooManyRefusals: {
    status: 429,
    type: "rate_limit_error",
    message: "Too many wrong credentials came from your address.",
    next: "Send the right one; a wrong one is looked at again in {retryAfter} seconds.",
    lasts: true,
  },
  clientTokenThere: {
    status: 409,
    type: "invalid_request_error",
    message: "There is a token {name} already.",
    next: "`./talaria token rotate {name}` gives it a new value; or take another name.",
  },
  clientTokenUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no token {name}.",
    next: "`./talaria token list` shows them.",
  },
  clientTokenOfStack: {
    status: 409,
    type: "invalid_request_error",
    message: "The token {name} is the stack's own, not one of these.",
    next: "`pulumi config set --path talaria:secretVersions.clientToken <the next number>`, then `pulumi up`, rotates it.",
  },
  unknownPath: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no {method} {path} here.",
    next: "`GET /` lists what is served.",
  },
  methodNotAllowed: {
    status: 405,
    type: "invalid_request_error",
    message: "{path} takes no {method}.",
    next: "It takes: {allow}.",
  },
  badRequest: {
    status: 400,
    type: "invalid_request_error",
    message: "{reason}",
    next: "Mend the request and send it again.",
  },
  bodyTooLarge: {
    status: 413,
    type: "invalid_request_error",
    message: "The body is larger than {limit} MB.",
    next: "Send less: shorten the history, or put large files into the bot's workspace.",
  },
  waking: {
    status: 503,
    type: "server_error",
    message: "The bot is starting and was not ready within {seconds} seconds.",
    next: "Send the request again in {retryAfter} seconds.",
  },
  busy: {
    status: 429,
    type: "rate_limit_error",
    message: "The bot is at work on {limit} runs and {queued} more wait.",
    next: "Send the request again in {retryAfter} seconds.",
  },
  stopping: {
    status: 503,
    type: "server_error",
    message: "The bot was stopped or replaced before it took this request.",
    next: "Send the request again in {retryAfter} seconds.",
  },
  gaveUp: {
    status: 503,
    type: "server_error",
    message: "The bot does not start and waits for an operator (tries: {failures}). Last reason: {reason}",
    next: "Read `./talaria logs`, mend the cause, then `./talaria wake`.",
  },
  staysDown: {
    status: 503,
    type: "server_error",
    message: "The bot stays down and waits for an operator: {reason}",
    next: "`./talaria wake` starts it. Whether one that ends comes back by itself is talaria:restart.policy.",
  },
  startFailed: {
    status: 503,
    type: "server_error",
    message: "The bot did not start: {reason}",
    next: "It is tried again in {retryAfter} seconds; `./talaria logs` tells more.",
  },
  gatewayLost: {
    status: 502,
    type: "server_error",
    message: "The connection to the agent broke while it worked on this request: {reason}",
    next: "The request may have run. Look at the conversation before you send it again.",
  },
  modelNotDeclared: {
    status: 400,
    type: "invalid_request_error",
    message: "The model {model} needs the provider {provider}, whose key is not set.",
    next: "pulumi config set --secret talaria:{configKey} <key>, then pulumi up.",
  },
  // Not 401: the client's own token is right.
  modelKeyRefused: {
    status: 502,
    type: "server_error",
    message: "The provider {provider} refused the key of talaria:{configKey}, saying: {reason}",
    next: "pulumi config set --secret talaria:{configKey} <key>, then pulumi up.",
  },
  modelNoCredit: {
    status: 402,
    type: "insufficient_quota",
    message: "The provider {provider} (talaria:{configKey}) says there is no credit left: {reason}",
    next: "Top up the account at the provider, or set another key with `pulumi config set --secret talaria:{configKey} <key>`.",
  },
  aiGatewayUnreachable: {
    status: 502,
    type: "server_error",
    message:
      "The AI Gateway before the provider {provider} could not be reached, or was lost while it worked: {reason}",
    next: "`pulumi config set --path talaria:aiGateway.onFailure direct` goes round it where nothing can have been sent to it; `…aiGateway.enabled false` for good. Then `pulumi up`.",
  },
  aiGatewayRefused: {
    status: 502,
    type: "server_error",
    message: "The AI Gateway before the provider {provider} answered with status {status}: {reason}.",
    next: "With 429 a limit of its own is reached (talaria:aiGateway.requestsPerMinute, dollarsPerDay). Else `pulumi up` mends it, or goes without it: talaria:aiGateway.enabled false.",
  },
  modelPathUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "The model proxy does not pass {path} on: what it costs could not be counted.",
    next: "It passes chat completions, completions, responses and Anthropic's messages. A tool that needs more wants a service of its own, with its key in talaria:secretEnvironment.",
  },
  modelUnpriced: {
    status: 400,
    // As one of money, Hermes would tell its user to top up an account.
    type: "invalid_request_error",
    message: "Nobody knows what {model} costs, so it is not asked.",
    next: "Type its price ($ per million tokens): `pulumi config set --path 'talaria:spend.prices[\"{model}\"].input' 3`, `.output` too, then `pulumi up`. Or talaria:spend.unknownPrice uncounted.",
  },
  spendCapReached: {
    status: 402,
    type: "insufficient_quota",
    message: "The bot's spending cap is reached: {spent} of {cap} for this {scope}. No model is asked until {until}.",
    next: "An operator may raise it for now with `./talaria cap raise --{scope} <dollars>`, or for good in talaria:spend.",
  },
  spendPaused: {
    status: 402,
    type: "insufficient_quota",
    message: "An operator has paused all requests to models.",
    next: "`./talaria cap resume` lets them through again.",
  },
  spendUnreachable: {
    status: 503,
    type: "server_error",
    message: "Nobody can say what is left of the spending cap, so no model is asked: {reason}",
    next: "Send it again in a minute. If it stays so, see `./talaria logs --source worker`.",
  },
  spendBusy: {
    status: 429,
    type: "rate_limit_error",
    message: "Requests under way may take what is left of the spending cap, so this one has to wait for them.",
    next: "It can be sent again in a minute.",
  },
  modelUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "The provider {provider} (talaria:{configKey}) does not know the model {model}: {reason}",
    next: "pulumi config set --path talaria:model.default <provider/model>, then pulumi up.",
  },
  modelEmpty: {
    status: 502,
    type: "server_error",
    message: "The provider {provider} (talaria:{configKey}) answered without a single token for the model {model}.",
    next: "Send the request again; if it stays so, try another model with `pulumi config set --path talaria:model.default <provider/model>`.",
  },
  modelRateLimited: {
    status: 429,
    type: "rate_limit_error",
    message: "The provider {provider} (talaria:{configKey}) limits the rate of requests: {reason}",
    next: "Send the request again later, or have the limit raised at the provider.",
  },
  modelFailing: {
    status: 502,
    type: "server_error",
    message: "The provider {provider} (talaria:{configKey}) failed with HTTP {status}: {reason}",
    next: "Look at the provider's status page, then send the request again.",
  },
  modelUnreachable: {
    status: 502,
    type: "server_error",
    message: "The provider {provider} (talaria:{configKey}) could not be reached: {reason}",
    next: "Look at the provider's status page; for an own endpoint check `pulumi config get --path talaria:model.baseUrl`.",
  },
  runFailed: {
    status: 502,
    type: "server_error",
    message: "The agent could not finish this run: {reason}",
    next: "`./talaria logs` tells more.",
  },
  unsaved: {
    status: 409,
    type: "server_error",
    message: "The bot's memory could not be saved, so nothing was done ({what}): {reason}",
    next: "Look at `./talaria status`; `./talaria stop`, or `./talaria restart --force`, ends the bot after a bounded wait even so.",
  },
  stoppedOnPurpose: {
    status: 409,
    type: "invalid_request_error",
    message: "The bot is stopped on purpose: it has no gateway and no container.",
    next: "`./talaria wake` starts it, with new ones.",
  },
  gatewayStays: {
    status: 502,
    type: "server_error",
    message: "The gateway could not be ended: {reason}",
    next: "`./talaria restart` gives the bot a new container.",
  },
  slackManifestUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "Hermes' Slack manifest is not known yet: it is kept from the first start on.",
    next: "`./talaria wake`, then ask again.",
  },
  nothingToSave: {
    status: 409,
    type: "invalid_request_error",
    message: "No container runs, so nothing can have changed since the last snapshot.",
    next: "`./talaria snapshots` shows it; `./talaria wake` starts the bot.",
  },
  nothingSaved: {
    status: 409,
    type: "invalid_request_error",
    message: "Nothing is saved yet.",
    next: "`./talaria snapshot` saves what the bot knows.",
  },
  careNotStarted: {
    status: 503,
    type: "server_error",
    message: "The container for it did not start ({what}): {reason}",
    next: "It is tried again by itself, except what an operator asks for: send that again.",
  },
  archiveAbsent: {
    status: 409,
    type: "invalid_request_error",
    message: "The run {run} has no archive to give: it is not ready yet, or was fetched already.",
    next: "`./talaria export FILE` makes one, waits until it is ready and fetches it.",
  },
  archiveRefused: {
    status: 409,
    type: "invalid_request_error",
    message: "The run {run} takes no archive now: {reason}",
    next: "How it ended: `GET /api/runs/{run}`. `./talaria import` begins one, and sends the archive when it waits for it.",
  },
  importMode: {
    status: 409,
    type: "invalid_request_error",
    message: "The bot knows something already, so an import has to be told what becomes of it. Nothing was done.",
    next: "`--merge` adds what the bot lacks; with `--replace` it will know only what is imported. What it knows now is saved first.",
  },
  importStrange: {
    status: 409,
    type: "invalid_request_error",
    message: "The bucket holds snapshots that this bot has not taken up yet. Nothing was done.",
    next: "`./talaria wake` takes up the newest; then import.",
  },
  otherBot: {
    status: 400,
    type: "invalid_request_error",
    message: "That is not the name of this bot, which is {bot}: nothing was done.",
    next: "Send its name as `bot` when it is this one that shall start with an empty memory.",
  },
  snapshotUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "No snapshot's id begins with {id}.",
    next: "`./talaria snapshots` lists them.",
  },
  snapshotAmbiguous: {
    status: 400,
    type: "invalid_request_error",
    message: "The ids of {count} snapshots begin with {id}.",
    next: "Give more of it; `./talaria snapshots` lists them.",
  },
  runUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no run {run}, or it is too long ago.",
    next: "`./talaria status` shows the last one.",
  },
  runUnderWay: {
    status: 409,
    type: "server_error",
    message: "The run {run} is under way.",
    next: "Send the request again when it has ended: `GET /api/runs/{run}`.",
  },
  execBusy: {
    status: 429,
    type: "rate_limit_error",
    message: "All {parallel} sandboxes are in use.",
    next: "Wait until another command has ended, then run this one again.",
  },
  execRate: {
    status: 429,
    type: "rate_limit_error",
    message: "More than {limit} commands within a minute.",
    next: "Wait a minute, then do more with each command.",
  },
  execBudget: {
    status: 429,
    type: "rate_limit_error",
    message: "The {limit} sandbox minutes of this day are used up.",
    next: "They begin anew at midnight UTC; the operator gives more with `pulumi config set --path talaria:exec.boxMinutesPerDay <n>`.",
  },
  execTooLong: {
    status: 413,
    type: "invalid_request_error",
    message: "The command with its input is {kilobytes} KB long, {limit} KB is the most.",
    next: "Write the data in parts, or fetch it from where it is.",
  },
  execNoBox: {
    status: 503,
    type: "server_error",
    message: "The command got no sandbox: {reason}",
    next: "Run it again in a minute; if it stays so, tell the operator, for whom `./talaria logs --source worker` says more.",
  },
  execFailed: {
    status: 502,
    type: "server_error",
    message: "The sandbox failed: {reason}",
    next: "Send the request again.",
  },
  execJobUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no job {job} in this session, or it is too long ago.",
    next: "Start it again, with another id.",
  },
  execSessionUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no session {session}.",
    next: "`./talaria exec sessions` lists them.",
  },
  execFileAbsent: {
    status: 404,
    type: "invalid_request_error",
    message: "{reason}",
    next: "`./talaria exec ls` shows what is there.",
  },
  boxJobUnknown: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no job {job} in the agent's container, or it is too long ago.",
    next: "Start it again, with another id.",
  },
  boxFailed: {
    status: 502,
    type: "server_error",
    message: "The agent's container did not take it: {reason}",
    next: "Send the request again; `./talaria logs --source worker` tells more.",
  },
  insideOnly: {
    status: 403,
    type: "invalid_request_error",
    message: "{caller} may not ask for {path}.",
    next: "Only the agent's own container uses this address.",
  },
  repositoryLogin: {
    status: 401,
    type: "invalid_request_error",
    message: "The snapshots open to the run that the Agent has started, and to nobody else in this container.",
    next: "Use `./talaria snapshot`, `restore` or `snapshots`.",
  },
  repositoryCredential: {
    status: 403,
    type: "invalid_request_error",
    message: "This credential is wrong, too old, or another container's.",
    next: "Start the run anew: each gets a credential of its own.",
  },
  repositoryRefused: {
    status: 403,
    type: "invalid_request_error",
    message: "The role {role} may not {method} {path}.",
    next: "Only maintenance, in a container of its own, removes anything from the snapshots.",
  },
  repositoryFenced: {
    status: 403,
    type: "invalid_request_error",
    message: "The run {run} is not the one under way, so it writes no more.",
    next: "Nothing: another run has taken its place.",
  },
  repositoryBusy: {
    status: 503,
    type: "server_error",
    message: "The snapshots are being pruned.",
    next: "Send the request again in {retryAfter} seconds.",
  },
  // Not 409: restic would try that again for a quarter of an hour.
  repositoryThere: {
    status: 403,
    type: "invalid_request_error",
    message: "There is a repository here that this password does not open; it is never replaced.",
    next: "Set the repository's own password with `pulumi config set --secret talaria:repositoryPassword`, or give the bot another bucket.",
  },
  repositoryAbsent: {
    status: 404,
    type: "invalid_request_error",
    message: "The repository has no {key}.",
    next: "Nothing, if it was removed on purpose; else `./talaria snapshots` shows what is whole.",
  },
  repositoryHash: {
    status: 400,
    type: "invalid_request_error",
    message: "The content that arrived is not the one that its name promises.",
    next: "Send the object again.",
  },
  repositoryLength: {
    status: 411,
    type: "invalid_request_error",
    message: "An object needs a Content-Length.",
    next: "Send it with its length.",
  },
  repositoryRange: {
    status: 416,
    type: "invalid_request_error",
    message: "The range {range} lies beyond the object.",
    next: "Ask for a part that is there.",
  },
  repositoryFailed: {
    status: 500,
    type: "server_error",
    message: "The bucket of the snapshots failed: {reason}",
    next: "Send the request again.",
  },
  dashboardAsleep: {
    status: 503,
    type: "server_error",
    message: "The bot is not awake, so its dashboard is not there. A request for it wakes nothing.",
    next: "Open the dashboard in a browser, which asks first, or type `./talaria wake`.",
  },
  dashboardStarting: {
    status: 503,
    type: "server_error",
    message: "Hermes' dashboard is starting.",
    next: "Send the request again in {retryAfter} seconds.",
  },
  dashboardFailed: {
    status: 503,
    type: "server_error",
    message: "Hermes' dashboard did not start. {reason}",
    next: "Try again; if it stays so, `./talaria logs` shows what the bot says.",
  },
  dashboardNotBuilt: {
    status: 503,
    type: "server_error",
    message: "The Hermes of this bot has no dashboard: its pages were not built when it was installed.",
    next: "Look for `the dashboard's pages` in what the image's build said. On your machine: `npm run local -- --hermes 0.19.0`.",
  },
  dashboardLost: {
    status: 503,
    type: "server_error",
    message: "The way to Hermes' dashboard was cut: {reason}",
    next: "Load the page again in {retryAfter} seconds.",
  },
  dashboardElsewhere: {
    status: 409,
    type: "invalid_request_error",
    message: "The dashboard has a hostname of its own, {hostname}, and does not answer here.",
    next: "Ask https://{hostname} instead; `./talaria dashboard` opens it.",
  },
  dashboardManaged: {
    status: 409,
    type: "invalid_request_error",
    message: "Talaria starts, stops and updates this Hermes, so its dashboard does not.",
    next: "Type `./talaria restart --gateway`, `./talaria stop`, or set another version and run `pulumi up`.",
  },
  operatorBotOff: {
    status: 503,
    type: "server_error",
    message: "The operator's bot in Slack is not configured, so this door stays shut.",
    next: "Set talaria:operatorBot.allowedUsers, talaria:operatorSlackBotToken and talaria:operatorSlackSigningSecret, then `pulumi up`.",
  },
  slackNotSigned: {
    status: 401,
    type: "invalid_request_error",
    message: "This is not what Slack has signed just now: {reason}.",
    next: "Only Slack asks here. If it was Slack, set talaria:operatorSlackSigningSecret to the app's own, then `pulumi up`.",
  },
  restoreFailed: {
    status: 502,
    type: "server_error",
    message: "The restore did not end well: {reason}",
    next: "`./talaria snapshots` shows what there is, `./talaria status` what the bot is now.",
  },
  slackRefused: {
    status: 502,
    type: "server_error",
    message: "Slack refused {method}: {error}",
    next: "{hint}",
  },
  slackUnreachable: {
    status: 502,
    type: "server_error",
    message: "Slack did not answer {method}: {reason}",
    next: "Look at https://slack-status.com, and at `pulumi config get --path talaria:chatApis.slack`.",
  },
  unexpected: {
    status: 500,
    type: "server_error",
    message: "Something unexpected happened in the Worker (request {requestId}).",
    next: "Look for this request id in `./talaria logs --source worker`.",
  },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof problems;
type Details = Readonly<Record<string, string | number>>;

/** Plain form of an error, as /api answers it and the Agent stores it. */
export interface ErrorReport {
  readonly code: ProblemCode;
  readonly message: string;
  readonly next: string;
}

/** An error that a person meets; its message comes from the registry. */
export class BotError extends Error {
  override readonly name = "BotError";
  readonly code: ProblemCode;
  readonly details: Details;

  constructor(code: ProblemCode, details: Details = {}) {
    super(filled(problems[code].message, details));
    this.code = code;
    this.details = details;
  }

  /** An error whose words were written elsewhere, by the same registry. */
  static said(code: ProblemCode, message: string): BotError {
    const error = new BotError(code);
    error.message = message;
    error.saysNext = true;
    return error;
  }

  /** Whether the message already says what to do next. */
  private saysNext = false;

  get status(): Problem["status"] {
    return problems[this.code].status;
  }

  get next(): string {
    return filled(problems[this.code].next, this.details);
  }

  report(): ErrorReport {
    return { code: this.code, message: this.message, next: this.next };
  }

  /** The answer for a client: OpenAI's shape, with Retry-After where waiting helps. */
  toOpenAi(): Response {
    const { type } = problems[this.code];
    const message = this.saysNext ? this.message : `${this.message} ${this.next}`;
    const body = { error: { message, type, param: null, code: this.code } };
    return Response.json(body, { status: this.status, headers: this.headers() });
  }

  /** The answer for an operator: plain JSON. */
  toJson(): Response {
    return Response.json({ error: this.report() }, { status: this.status, headers: this.headers() });
  }

  private headers(): HeadersInit {
    const { retryAfter, allow } = this.details;
    if (allow !== undefined) return { allow: String(allow) };
    const { lasts }: Problem = problems[this.code];
    const wait = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) };
    if (wait && !lasts) return wait;
    // OpenAI's clients repeat a 429 and a 5xx by themselves; what may have run must not run twice.
    return this.status >= 429 ? { ...wait, "x-should-retry": "false" } : {};
  }
}

/** Text of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
