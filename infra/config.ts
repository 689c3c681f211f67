/** The only reader of pulumi.Config: one validated {@link BotConfig}, or every problem in one error. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { isCodex } from "../worker/bindings.ts";
import { chatDeclaration } from "./config/chat/declaration.ts";
import { platformNames, platforms } from "./config/chat/platforms.ts";
import { isOn } from "./config/chat/problems.ts";
import { codexNote } from "./config/codex.ts";
import { secretParts } from "./config/hermes/secretEnvironment.ts";
import { secretFileParts } from "./config/hermes/secretFiles.ts";
import { type PlainKeyName, type plainKeys, secretBindings } from "./config/keys.ts";
import { type ParsedConfig, parseConfig } from "./config/parse.ts";
import { describeProblems, typedFor } from "./config/problem.ts";
import { repositoryAt, top } from "./config/repository.ts";
import type { ConfigSource } from "./config/source.ts";
import { stackFile, stackFilePath } from "./config/stackFile.ts";
import { merged } from "./config/trees.ts";
import { isTracked } from "./revision.ts";

type Plain = { readonly [K in PlainKeyName]: z.output<(typeof plainKeys)[K]["schema"]> };

/** What a stack declares, defaults filled in. */
export interface BotConfig extends Omit<Plain, "model" | "sleepAfter" | "secretOverlap" | keyof ParsedConfig["files"]> {
  readonly project: string;
  readonly stack: string;
  /** Token for Cloudflare's API. */
  readonly apiToken: pulumi.Output<string>;
  /** Values for the Worker's secret bindings: binding → value. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
  readonly model: Plain["model"] & { readonly default: string };
  /** Documents, skills and plugins, with what is in them. */
  readonly files: ParsedConfig["files"];
  /** Chat platforms that Hermes talks on, as it calls them; it holds a socket to each. */
  readonly chatPlatforms: readonly string[];
  /** Idle seconds before the bot sleeps; null = never. @default 4 hours, never with a chat platform */
  readonly sleepAfterSeconds: number | null;
  /** Seconds for which a rotated secret's previous value stays valid. @default 24 hours */
  readonly secretOverlapSeconds: number;
}

/** Reads the selected stack's configuration. @throws pulumi.RunError with every problem */
export function readConfig(): BotConfig {
  return botConfig(stackSource());
}

/** The validated form of a source. @throws pulumi.RunError with every problem */
export function botConfig(source: ConfigSource): BotConfig {
  const { problems, plain, secretKeys, model, secretVariables, secretFiles, files, warnings } = parseConfig(source);
  if (problems.length > 0) throw new pulumi.RunError(describeProblems(source.project, source.stack, problems));
  if (isCodex(model.default)) void pulumi.log.info(codexNote);
  for (const warning of warnings) void pulumi.log.warn(typedFor(source.stack, warning));
  const secret = (key: string) => pulumi.secret(source.values[key] ?? "");
  const on = platformNames.filter((name) => isOn(name, { plain, secretKeys }));
  const chat = chatDeclaration(on, plain);
  const { sleepAfter, secretOverlap, documents: _documents, skills: _skills, plugins: _plugins, ...rest } = plain;
  return {
    ...rest,
    project: source.project,
    stack: source.stack,
    apiToken: secret("cloudflareApiToken"),
    secrets: {
      ...Object.fromEntries(
        secretKeys.flatMap((key) => {
          const binding = secretBindings[key];
          return binding === undefined ? [] : [[binding, secret(key)]];
        }),
      ),
      ...Object.fromEntries(
        Object.entries({ ...secretParts(secretVariables), ...secretFileParts(secretFiles) }).map(([binding, part]) => [
          binding,
          pulumi.secret(part),
        ]),
      ),
    },
    model,
    files,
    environment: { ...plain.environment, ...chat.environment },
    settings: merged(plain.settings, chat.settings),
    chatPlatforms: on.map((name) => platforms[name].hermes),
    sleepAfterSeconds: on.length > 0 ? null : sleepAfter,
    secretOverlapSeconds: secretOverlap ?? 0,
  };
}

/** Part of the SDK's runtime, though its type declarations leave it out. */
const { isConfigSecret } = pulumi.runtime as typeof pulumi.runtime & { isConfigSecret(key: string): boolean };

/** The stack that runs now, as Pulumi hands it to the program. */
function stackSource(): ConfigSource {
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const prefix = `${project}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const file = stackFilePath(stack, process.env.TALARIA_STACK_FILE);
  const { locate, isSealed } = stackFile(file, readText(file) ?? "", project);
  return {
    project,
    stack,
    values: Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])),
    isSecret: (key) => {
      const [name = "", ...fields] = key.split(".");
      return isConfigSecret(prefix + name) && (fields.length === 0 || isSealed(key));
    },
    locate,
    read: readText,
    isTracked: (file) => isTracked(placeOf(file)),
    repository: repositoryAt(top),
  };
}

function readText(file: string): string | undefined {
  const found = placeOf(file);
  return fs.existsSync(found) ? fs.readFileSync(found, "utf8") : undefined;
}

/** The program runs in `infra`; paths begin above it, or at the operator's own home. */
function placeOf(file: string): string {
  return file.startsWith("~/") ? path.join(os.homedir(), file.slice(2)) : path.resolve(import.meta.dirname, "..", file);
}
