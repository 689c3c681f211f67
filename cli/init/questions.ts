/** What a new stack is asked for, in its order. What the stack's file or an existing home has already is not asked. */
import { randomBytes } from "node:crypto";
import type { Output } from "../output.ts";
import type { Answering } from "./answering.ts";
import type { Answers, Choices, Drafting, PlatformChoice, SecretChoice } from "./drafting.ts";

/** What the command line said. */
export interface Given {
  readonly environment?: string;
  readonly accountId?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  /** Platforms, or `none`. */
  readonly chat?: readonly string[];
  /** Who may talk to the bot: an id, or `platform=id`. */
  readonly allow?: readonly string[];
  /** Other fields of platforms: `matrix.homeserver=https://…`. */
  readonly field?: readonly string[];
}

/** What is asked, of whom, and what there is. */
export interface Inquiry {
  readonly answering: Answering;
  readonly drafting: Drafting;
  readonly output: Output;
  readonly choices: Choices;
  readonly given: Given;
  /** Keys that are set: in the stack's file, or by what was found in a home. */
  readonly known: ReadonlySet<string>;
  /** The model that one of them names. */
  readonly model: string | undefined;
  /** The environment of somebody who does not choose. */
  readonly usual: string;
}

/** The answers, and what is left to type afterwards. */
export interface Answered {
  readonly answers: Answers;
  /** What a command of its own leads through: `slack`, `codex`; other platforms wait for their tokens. */
  readonly later: readonly string[];
}

/** Asks everything. */
export async function inquire(inquiry: Inquiry): Promise<Answered> {
  const { answering, drafting, choices, given, known } = inquiry;
  const answers: Answers = { chat: {}, secrets: {} };
  if (given.environment !== undefined || !known.has("sizes")) answers.environment = await environment(inquiry);
  if (given.accountId !== undefined || !known.has("accountId"))
    answers.accountId = await answering.plain({
      text: "Cloudflare account, 32 hex digits (in the dashboard's URL, or `npx wrangler whoami`)",
      ...{ flag: "--account-id ID", given: given.accountId },
      problem: (id) => drafting.problemWith("accountId", id),
    });
  await secretUnlessKnown(inquiry, answers, choices.deploy, "Cloudflare API token");
  await modelStep(inquiry, answers);
  const later = await chatStep(inquiry, answers);
  if (!known.has(choices.password.key)) {
    const own = answering.variable(choices.password.variable);
    answers.secrets[choices.password.key] = own || randomBytes(32).toString("base64url");
  }
  const logsIn = (answers.model ?? inquiry.model ?? "").startsWith("openai-codex/") && !known.has("authFile");
  return { answers, later: logsIn ? [...later, "codex"] : later };
}

async function environment({ answering, choices, given, usual }: Inquiry): Promise<string> {
  return answering.plain({
    text: `Environment: dev, a small bot to try things on, or prod, the one that people rely on`,
    ...{ flag: "--environment dev|prod", given: given.environment, standard: usual },
    problem: (name) => notOneOf(name, choices.environments),
  });
}

/** The provider of the model that is named decides; then one whose key is set; without any, it is asked for. */
async function modelStep(inquiry: Inquiry, answers: Answers): Promise<void> {
  const { answering, choices, given, known, drafting } = inquiry;
  const names = choices.providers.map((one) => one.name);
  const named = (given.model ?? inquiry.model)?.split("/")[0];
  const declared = given.provider ?? named ?? choices.providers.find(({ key }) => known.has(key))?.name;
  if (given.provider === undefined && given.model === undefined && named !== undefined && !names.includes(named))
    return;
  const has = choices.providers.find(({ variable }) => answering.variable(variable) !== "");
  const name = await answering.plain({
    text: `Model provider (${names.join(", ")})`,
    ...{ flag: "--provider NAME", given: declared ?? (answering.asks ? undefined : has?.name) },
    ...(answering.asks ? { standard: names[0] } : {}),
    problem: (one) => notOneOf(one, names),
  });
  const provider = choices.providers.find((one) => one.name === name);
  if (provider === undefined) return;
  const isNamed = inquiry.model?.startsWith(`${name}/`) === true && given.model === undefined;
  if (provider.needsBaseUrl && (given.baseUrl !== undefined || !isNamed))
    answers.baseUrl = await answering.plain({
      text: "Address of the endpoint, such as https://models.example.com/v1",
      ...{ flag: "--base-url URL", given: given.baseUrl },
      problem: (baseUrl) => drafting.problemWith("model", { baseUrl }),
    });
  if (given.model !== undefined || (provider.needsModel && !isNamed))
    answers.model = await answering.plain({
      text: `Model, such as ${name}/NAME`,
      ...{ flag: `--model ${name}/NAME`, given: given.model },
      problem: (model) =>
        model.startsWith(`${name}/`) && model.length > name.length + 1 ? undefined : `does not begin with ${name}/.`,
    });
  if (provider.key !== "") await secretUnlessKnown(inquiry, answers, provider, `Key of ${name}`);
}

async function chatStep(inquiry: Inquiry, answers: Answers): Promise<string[]> {
  const { answering, choices, given, known } = inquiry;
  const names = choices.platforms.map(({ name }) => name);
  const there = names.filter((name) => known.has(name));
  const listed =
    given.chat === undefined && there.length > 0
      ? ""
      : await answering.plain({
          text: "Chat platforms, with commas between (slack, telegram, discord, …; Enter for none)",
          ...{ flag: "--chat NAME", given: given.chat?.join(","), standard: "" },
          problem: (list) => {
            const wrong = split(list).find((name) => !names.includes(name));
            return wrong === undefined ? undefined : `is not a list of ${names.join(", ")}.`;
          },
        });
  const later: string[] = [];
  const meant = [...split(listed), ...there];
  for (const platform of choices.platforms.filter(({ name }) => meant.includes(name)))
    if (!(await platformStep(inquiry, answers, platform))) later.push(platform.name);
  return later;
}

/** Whether the platform is set up: without its tokens it is left for later. What is known of it is not asked again. */
async function platformStep(inquiry: Inquiry, answers: Answers, platform: PlatformChoice): Promise<boolean> {
  const { answering, drafting, given, known } = inquiry;
  const { name, label } = platform;
  const mayLack = answering.asks && !known.has(name) ? laterBy(name) : undefined;
  for (const group of platform.secrets) {
    const [first] = group;
    if (first === undefined || group.some(({ key }) => known.has(key))) continue;
    const value = await answering.secret(first, `${label}: ${first.key}`, mayLack);
    if (value === "") return false;
    answers.secrets[first.key] = value;
  }
  if (known.has(name)) return true;
  const fields: Record<string, unknown> = {};
  for (const { name: field, meaning } of platform.fields)
    fields[field] = await answering.plain({
      text: `${label}: ${field}, ${meaning}`,
      ...{ flag: `--field ${name}.${field}=VALUE`, given: fieldGiven(given, `${name}.${field}`) },
      problem: (value) => drafting.problemWith(name, { [field]: value }),
    });
  answers.chat[name] = platform.people ? { ...fields, ...(await people(inquiry, platform)) } : fields;
  return true;
}

/** Those who may talk to the bot; nobody named: strangers get a code, and the operator lets them in. */
async function people(
  { answering, drafting, given }: Inquiry,
  { name, label }: PlatformChoice,
): Promise<Record<string, unknown>> {
  const said = given.allow?.flatMap((one) => {
    const [platform = "", id] = one.split("=");
    return id === undefined ? [one] : platform === name ? [id] : [];
  });
  const ids = await answering.plain({
    text: `${label}: who may talk to the bot, ids with commas between (Enter: whoever brings a code that you approve)`,
    ...{ flag: "--allow ID", given: said?.join(","), standard: "" },
    problem: (list) => drafting.problemWith(name, { allowedUsers: split(list) }),
  });
  return split(ids).length === 0 ? { pairing: true } : { allowedUsers: split(ids) };
}

async function secretUnlessKnown(
  inquiry: Inquiry,
  answers: Answers,
  choice: SecretChoice,
  title: string,
): Promise<void> {
  if (inquiry.known.has(choice.key)) return;
  answers.secrets[choice.key] = await inquiry.answering.secret(choice, title);
}

const laterBy = (name: string) =>
  name === "slack" ? "./talaria slack-setup leads through it afterwards" : "leave it out for now";

function fieldGiven({ field = [] }: Given, key: string): string | undefined {
  return field.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
}

function split(list: string): string[] {
  return list.split(/[\s,]+/).filter((one) => one !== "" && one !== "none");
}

function notOneOf(value: string, known: readonly string[]): string | undefined {
  return known.includes(value) ? undefined : `is not one of ${known.join(", ")}.`;
}
