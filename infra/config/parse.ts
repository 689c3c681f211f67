import type { z } from "zod";
import { chatSecrets, isCodex, type SecretFiles } from "../../worker/bindings.ts";
import type { DeclaredFiles } from "../../worker/declaredFilesSchema.ts";
import { letsSomebodyIn } from "./access.ts";
import { alarmsProblems } from "./alarms.ts";
import { impossiblePlatforms } from "./chat/otherPlatforms.ts";
import { chatProblems } from "./chat/problems.ts";
import { declaredHermes, type HermesKeys } from "./hermes/declared.ts";
import { declaredFiles, type FilePlace } from "./hermes/declaredFiles.ts";
import { tokenFiles } from "./hermes/mcp/declaration.ts";
import { mcpProblems } from "./hermes/mcp/problems.ts";
import { hermesVersionOf, releaseProblems } from "./hermes/releases.ts";
import { secretVariables } from "./hermes/secretEnvironment.ts";
import { type SecretFileKey, secretFiles } from "./hermes/secretFiles.ts";
import { jsonBytes } from "./hermes/sizes.ts";
import { type PlainKeyName, plainKeys, providerKeys, secretBindings } from "./keys.ts";
import { impliedModel, reportModel } from "./model.ts";
import { routeProblems } from "./modelRoutes.ts";
import { nearMiss } from "./nearMiss.ts";
import { networkProblems } from "./network.ts";
import { operatorBotProblems } from "./operatorBot.ts";
import { type ConfigProblem, setCommand, wayOut } from "./problem.ts";
import { readPlain } from "./reading.ts";
import { sizeWarnings } from "./sizes.ts";
import type { ConfigSource, Report } from "./source.ts";
import { isMapping } from "./trees.ts";

type Plain = { readonly [K in PlainKeyName]: z.output<(typeof plainKeys)[K]["schema"]> };

/** The outcome of reading a source; the values are meaningful only if there is no problem. */
export interface ParsedConfig {
  readonly problems: readonly ConfigProblem[];
  readonly plain: Plain;
  /** Secret keys that are set. */
  readonly secretKeys: readonly string[];
  readonly model: Plain["model"] & { readonly default: string };
  /** Secret variables of Hermes' gateway. */
  readonly secretVariables: Readonly<Record<string, string>>;
  /** Secret files of Hermes' home. */
  readonly secretFiles: SecretFiles;
  /** What a person should know of a configuration that is taken all the same. */
  readonly warnings: readonly string[];
  /** Documents, skills and plugins, with what is in them. */
  readonly files: Omit<DeclaredFiles, "workingDirectory">;
}

/** Reads every key and collects every problem. */
export function parseConfig(source: ConfigSource): ParsedConfig {
  const problems: ConfigProblem[] = [];
  const report = (key: string, reason: string, next: readonly string[], cause = key) => {
    problems.push({ key, reason, next, at: source.locate(key) ?? source.locate(cause) });
  };
  const set = (key: string, value: string, secret = false) => setCommand(source.project, key, value, secret);

  reportUnknownKeys(source, report);
  const plain = Object.fromEntries(
    Object.entries(plainKeys).map(([key, known]) => [key, readPlain(source, key, known, report)]),
  ) as Plain;

  const secretKeys = Object.keys(secretBindings).filter((key) => (source.values[key] ?? "") !== "");
  for (const key of secretKeys) {
    // Its fields are encrypted one by one, and told one by one.
    if (source.isSecret(key) || key === "secretEnvironment") continue;
    report(key, "is a secret, but stands in the stack's file in plain text.", [
      "Treat the value as leaked if the file was ever committed. Store a new one encrypted:",
      set(key, "", true),
    ]);
  }
  const model = { ...plain.model, default: plain.model?.default ?? impliedModel(plain.model?.baseUrl, secretKeys) };
  reportMissing(source, secretKeys, model.default, report);
  if (plain.model !== undefined) reportModel(model, secretKeys, { report, set });
  if (plain.engine !== "cloudflare" && plain.apiBaseUrl?.startsWith("https://api.cloudflare.com")) {
    report(
      "engine",
      `"${plain.engine}" runs containers on this machine, but talaria:apiBaseUrl is Cloudflare itself.`,
      [set("engine", "cloudflare")],
    );
  }
  if (plain.engine !== "process") reportTags(plain, report, set);
  for (const { key, reason, next } of releaseProblems(plain, set)) report(key, reason, next);
  reportTimezone(plain, report);
  for (const { field, reason, next } of networkProblems(plain, secretKeys, model.default)) {
    report(
      field,
      reason,
      next.map(({ key, value }) => set(key, value)),
    );
  }
  if (plain.operatorBot !== undefined) {
    for (const { key, reason, sets } of operatorBotProblems(plain.operatorBot, source.values))
      report(key, reason, [set(sets.key, sets.value, sets.secret)], "operatorSlackSigningSecret");
  }
  if (plain.alarms !== undefined) {
    for (const { key, reason, sets } of alarmsProblems(plain.alarms, source.values))
      report(key, reason, [set(sets, "", true)]);
  }
  const secret = (key: string) => source.values[key] ?? "";
  const given = (key: string) => source.values[key] !== undefined;
  for (const { key, cause, reason, next } of chatProblems({ plain, secretKeys, secret, given })) {
    const lines = next.map((line) => (typeof line === "string" ? line : set(line.key, line.value, line.secret)));
    report(key, reason, lines, cause);
  }
  if (plain.secretOverlap === null) {
    report("secretOverlap", `"never" would keep a rotated secret valid forever, or end it at once.`, [
      set("secretOverlap", "24h"),
    ]);
  }
  const isNamed = [plain.hostname, plain.dashboard?.hostname, source.values.hostname].some((one) => one !== undefined);
  if (plain.zoneId !== undefined && !isNamed) {
    report("zoneId", "is set without talaria:hostname, which it belongs to.", [set("hostname", "<host>")]);
  }
  if (plain.access !== undefined && !letsSomebodyIn(plain.access)) {
    report("access", "names nobody who gets through. Name one, or remove the key:", [
      set("access.emails[0]", "<e-mail>"),
      `pulumi config rm ${source.project}:access`,
    ]);
  }
  if (plain.dashboard?.hostname !== undefined && plain.dashboard.hostname === plain.hostname) {
    report("dashboard.hostname", `"${plain.hostname}" is the bot's own address, and the dashboard takes a whole one.`, [
      set("dashboard.hostname", "<host>"),
      `or leave it under /dashboard: pulumi config rm --path ${source.project}:dashboard.hostname`,
    ]);
  }
  for (const { key, reason, sets } of routeProblems(plain.model?.routes ?? {}, secretKeys, plain.model?.baseUrl))
    report(key, reason, [set(sets.key, sets.value, sets.secret)]);
  const variables = secretVariables(
    {
      json: source.values.secretEnvironment,
      files: plain.secretEnvironmentFiles ?? [],
      plain: Object.keys(plain.environment ?? {}),
    },
    { read: source.read, isSecret: source.isSecret, report },
  );
  const warnings = plain.sizes === undefined ? [] : sizeWarnings(source.project, plain.sizes);
  const filesOfSecrets = secretFiles(secretFileKeys(plain), {
    ...{ read: source.read, isTracked: source.isTracked, report },
    warn: (text) => warnings.push(text),
  });
  const reportOnce: FilePlace["report"] = (key, reason, next, at = source.locate(key)) => {
    if (!problems.some((told) => told.key === key)) problems.push({ key, reason, next, at });
  };
  const { settings } = declaredHermes(hermesKeys(plain), {
    ...{ read: source.read, locate: source.locate },
    report: reportOnce,
    version: hermesVersionOf(plain),
  });
  const mcpAround = {
    variables: [...Object.keys(plain.environment ?? {}), ...Object.keys(variables), ...chatVariables(secretKeys)],
    inSettings: Object.keys(isMapping(settings.mcp_servers) ? settings.mcp_servers : {}),
  };
  for (const { key, reason, next } of mcpProblems(plain.mcpServers ?? {}, mcpAround)) report(key, reason, next);
  const others = Object.entries({ settings, environment: plain.environment });
  const files = declaredFiles(
    {
      documents: plain.documents ?? {},
      skills: plain.skills ?? {},
      plugins: plain.plugins ?? {},
      others: others.map(([key, value]) => ({ key, bytes: jsonBytes(value) })),
    },
    { repository: source.repository, report: reportOnce },
  );
  const secrets = { secretKeys, secretVariables: variables, secretFiles: filesOfSecrets };
  const told = problems.map((one) => (one.next.length > 0 ? one : { ...one, next: [wayOut(source.project, one.key)] }));
  return {
    problems: told,
    plain: { ...plain, settings },
    model,
    ...secrets,
    files,
    warnings,
  };
}

function reportUnknownKeys(source: ConfigSource, report: Report): void {
  const known = [...Object.keys(plainKeys), ...Object.keys(secretBindings)];
  for (const key of Object.keys(source.values)) {
    if (known.includes(key)) continue;
    const impossible = impossiblePlatforms[key];
    if (impossible !== undefined) {
      report(key, `is a platform of Hermes that does not work here: it ${impossible}.`, [
        `pulumi config rm ${source.project}:${key}`,
      ]);
      continue;
    }
    const meant = nearMiss(key, known);
    report(key, `is not a key that Talaria knows${meant === undefined ? "." : `; you may mean ${meant}.`}`, [
      `pulumi config rm ${source.project}:${key}`,
    ]);
  }
}

/** Variables of Hermes' gateway that hold chat tokens. */
function chatVariables(secretKeys: readonly string[]): string[] {
  return Object.entries(chatSecrets).flatMap(([key, { secret }]) => (secretKeys.includes(key) ? [secret] : []));
}

/** Keys that were wrong are taken for empty: they have been reported. */
function hermesKeys({ settings = {}, settingsFiles = [], configFile, environment = {} }: Partial<Plain>): HermesKeys {
  return { settings, settingsFiles, configFile, environment };
}

/** Every key that names a secret file of Hermes' home. */
function secretFileKeys({ authFile, authFileForceOverwrite, mcpServers = {} }: Partial<Plain>): SecretFileKey[] {
  const tokens = tokenFiles(mcpServers);
  if (authFile === undefined) return tokens;
  return [
    { key: "authFile", file: authFile, path: "auth.json", overwrite: authFileForceOverwrite === true },
    ...tokens,
  ];
}

/** Two places that say the time zone would be two time zones. */
function reportTimezone({ timezone, settings, environment }: Partial<Plain>, report: Report): void {
  if (timezone === undefined) return;
  const twice = "is also talaria:timezone; a bot has one time zone.";
  if (settings?.timezone !== undefined)
    report("settings.timezone", twice, ["pulumi config rm --path talaria:settings.timezone"]);
  if (environment?.TZ !== undefined)
    report("environment.TZ", twice, ["pulumi config rm --path talaria:environment.TZ"]);
}

/** A tag may name another image tomorrow, and nothing would show that it does. */
function reportTags(plain: Partial<Plain>, report: Report, set: (key: string, value: string) => string): void {
  for (const [application, reference] of Object.entries(plain.images ?? {})) {
    if (/@sha256:[0-9a-f]{64}$/.test(reference)) continue;
    report(`images.${application}`, `"${reference}" names no digest.`, [
      "Find it with `docker buildx imagetools inspect <reference>`, then",
      set(`images.${application}`, "<repository>@sha256:<digest>"),
    ]);
  }
}

function reportMissing(source: ConfigSource, secretKeys: readonly string[], model: string, report: Report): void {
  const set = (key: string, value = "") => setCommand(source.project, key, value, true);
  if (!secretKeys.includes("cloudflareApiToken")) {
    report("cloudflareApiToken", "is missing: a token of Cloudflare's API that may deploy this stack.", [
      "Make one at https://dash.cloudflare.com/profile/api-tokens (the README lists its permissions), then",
      set("cloudflareApiToken"),
    ]);
  }
  if (!secretKeys.includes("repositoryPassword")) {
    report("repositoryPassword", "is missing: it encrypts the snapshots, and without it nobody can restore them.", [
      "Make one, keep a copy outside this machine, then",
      set("repositoryPassword", '"$(openssl rand -base64 32)"'),
    ]);
  }
  if (!isCodex(model) && !providerKeys.some((key) => secretKeys.includes(key))) {
    report("anthropicApiKey", `is missing, and so is every other provider key: the bot has no model to ask.`, [
      `Set at least one of ${providerKeys.join(", ")}:`,
      set("anthropicApiKey"),
    ]);
  }
}
