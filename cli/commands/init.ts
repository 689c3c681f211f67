/** `talaria init`: from a few answers, or from an existing Hermes, to a stack that a deploy takes. */
import { canAsk, saysYes } from "../asking.ts";
import type { Context } from "../context.ts";
import { Answering, variablesOf } from "../init/answering.ts";
import { type Draft, Drafting, type Plan } from "../init/drafting.ts";
import { ensureStack, setSecrets } from "../init/pulumiStack.ts";
import { type Given, inquire } from "../init/questions.ts";
import { CliError } from "../problems.ts";
import { ask } from "../slackSetup/questions.ts";

/** Options of `init`. */
export interface InitOptions extends Given {
  /** A folder of an existing Hermes. */
  readonly from?: string;
  /** Options of its Nix module. */
  readonly nixosOptions?: string;
  /** A file of variables that hold the secrets; `-`: stdin. */
  readonly secrets?: string;
  /** Pulumi's, for a new stack. */
  readonly secretsProvider?: string;
  /** Asks nothing. */
  readonly yes?: boolean;
  /** Goes over what is there. */
  readonly force?: boolean;
}

/** Asks, checks as a deploy does, then writes. What is broken off is gone on with by the same command. */
export async function init(context: Context, named: string | undefined, options: InitOptions): Promise<void> {
  const asks = options.yes !== true && canAsk() && !context.output.json;
  if (!asks && options.yes !== true) throw new CliError("initByHand");
  const drafting = new Drafting();
  try {
    await begin(context, drafting, named ?? context.stack, options, asks);
  } finally {
    drafting.close();
  }
}

async function begin(
  { output }: Context,
  drafting: Drafting,
  named: string | undefined,
  options: InitOptions,
  asks: boolean,
): Promise<void> {
  const stack = named ?? (asks ? await askName() : "");
  if (stack === "") throw new CliError("initLacks", { lacking: "NAME" });
  if (/^local(-|$)/.test(stack)) throw new CliError("initLocal", { stack });
  const before = await drafting.stack(stack);
  const answering = new Answering(asks, output, drafting, variablesOf(options.secrets));
  const found = options.from === undefined ? undefined : await drafting.home(stack, options.from, options.nixosOptions);
  const known = new Set([...before.keys, ...(found?.keys ?? [])]);
  const model = found?.model ?? before.model;
  const choices = await drafting.choices();
  const usual = isTrial(stack) && options.from === undefined ? "dev" : "prod";
  const inquiry = { answering, drafting, output, choices, given: options, known, model, usual };
  const { answers, later } = await inquire(inquiry);
  if (answering.lacking.length > 0) throw new CliError("initLacks", { lacking: answering.lacking.join("\n") });
  const draft: Draft = { stack, answers, home: found?.home };
  const plan = await drafting.plan(draft);
  if (plan.problems !== undefined) throw new CliError("initProblems", { problems: plan.problems });
  await confirmed(plan, before.exists, asks, options.force === true);
  await ensureStack(stack, { secretsProvider: options.secretsProvider, asks, output });
  const written = await drafting.write(draft);
  await setSecrets(stack, secretsOf(plan), output);
  const next = nextSteps(stack, later, options.from);
  const secrets = secretsOf(plan).map(({ key }) => key);
  output.result({ stack, written, secrets, notes: plan.notes, next }, () =>
    [
      `\nStack ${stack} is declared, and a deploy takes it.`,
      ...written.map((file) => `  wrote      ${file}`),
      ...(secrets.length > 0 ? [`  encrypted  ${secrets.join(", ")}`] : []),
      ...(plan.notes.length > 0 ? ["\nNot taken over:", ...plan.notes.map((note) => `  - ${note}`)] : []),
      "\nNext:",
      ...next.map(({ type, what }) => `  ${type}${what === "" ? "" : `\n      ${what}`}`),
    ].join("\n"),
  );
}

/** Only what is called a trial may go with its memory: `dev` deletes its bucket when the stack is destroyed. */
function isTrial(stack: string): boolean {
  return /(^|-)(dev|test|try|trial|demo|staging|sandbox)(-|$)/.test(stack);
}

async function askName(): Promise<string> {
  for (;;) {
    const name = (await ask("Name of the stack (one stack is one bot) [dev]: ")) || "dev";
    if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) return name;
    process.stderr.write(`   "${name}" is no name of a stack here: small letters, digits and hyphens.\n`);
  }
}

/** The password first: whatever is broken off after it, no second one is made. */
function secretsOf({ secrets, secretEnvironment }: Plan) {
  const first = "repositoryPassword";
  const keys = Object.keys(secrets).sort((a, b) => Number(b === first) - Number(a === first));
  return [
    ...keys.map((key) => ({ key, value: secrets[key] ?? "" })),
    ...Object.entries(secretEnvironment).map(([name, value]) => ({
      ...{ key: `secretEnvironment.${name}`, value },
      isField: true,
    })),
  ];
}

/** Nothing that is there is written over without a yes. */
async function confirmed({ files, replaced }: Plan, exists: boolean, asks: boolean, force: boolean): Promise<void> {
  const changed = files.filter(({ state }) => state === "changed").map(({ path }) => path);
  if (force || (changed.length === 0 && replaced.length === 0)) return;
  const others =
    replaced.length > 0
      ? `Other values there now: ${replaced.join(", ")}.`
      : "Keys are added; none that is there becomes another.";
  const what = `${changed.join(", ") || "The stack's file"} ${changed.length > 1 ? "exist" : "exists"} already${exists ? ` and would be changed. ${others}` : "."}`;
  if (!asks) throw new CliError("initWouldChange", { what });
  if (!(await saysYes(`\n${what}\nGo on?`))) throw new CliError("notConfirmed");
}

interface Step {
  readonly type: string;
  readonly what: string;
}

function nextSteps(stack: string, later: readonly string[], from: string | undefined): Step[] {
  return [
    ...(later.includes("slack")
      ? [
          {
            type: `./talaria slack-setup --stack ${stack}`,
            what: "leads through a Slack app, before the deploy or after it",
          },
        ]
      : []),
    { type: `npm run pulumi -- up --stack ${stack}`, what: "shows what it makes, asks, deploys" },
    ...(later.includes("codex")
      ? [{ type: `./talaria codex login --stack ${stack}`, what: "once it is deployed: Hermes' own login at OpenAI" }]
      : []),
    ...(from === undefined
      ? []
      : [
          {
            type: `./talaria import ${from} --replace --stack ${stack}`,
            what: "once it is deployed, and the old gateway is stopped: memories, skills, conversations, jobs",
          },
        ]),
    {
      type: `./talaria recovery-kit --stack ${stack} --out ${stack}-recovery.txt`,
      what: "once it is deployed: what opens the bot's memory. Keep it elsewhere: whoever loses it has lost the memory",
    },
    { type: `./talaria chat --stack ${stack} "hello"`, what: "" },
  ];
}
