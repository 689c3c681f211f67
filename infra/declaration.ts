import { type Declaration, declarationSchema } from "../worker/bindings.ts";
import type { BotConfig } from "./config.ts";
import type { BotImages } from "./images.ts";
import type { BotNames } from "./naming.ts";
import { versions } from "./versions.ts";

/** What the Worker is told about the stack, as text with sorted fields. Holds no secret. */
export function declarationText(config: BotConfig, names: BotNames, images: BotImages): string {
  const { baseUrl, contextLength } = config.model;
  const declaration: Declaration = {
    bot: names.worker,
    stack: config.stack,
    engine: config.engine,
    images: { ...images },
    versions: { ...versions },
    sleepAfterSeconds: config.sleepAfterSeconds,
    chatPlatforms: [...config.chatPlatforms],
    maxConcurrentRuns: config.maxConcurrentRuns,
    model: {
      default: config.model.default,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(contextLength === undefined ? {} : { contextLength }),
    },
    settings: config.settings,
    environment: config.environment,
  };
  return JSON.stringify(declarationSchema.parse(declaration), undefined, 2);
}
