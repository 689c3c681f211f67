/**
 * Whose word a leaf is. `default`: what Talaria sets where nobody else does. `user`: what somebody set by hand, or had set before
 * Talaria looked. `agent`: what changed in the home beside that, by the agent, a chat's command or Hermes' dashboard. Hermes' own
 * defaults are not listed.
 */
export const leafSources = ["declared", "talaria", "default", "user", "agent"] as const;

/** One leaf of Hermes' configuration. */
export interface ConfigLeaf {
  /** Dotted. A list, and an empty mapping, are leaves. */
  readonly path: string;
  /** What counts, as JSON, secrets masked; of a bot that is down, what the stack declares. */
  readonly json: string;
  readonly source: (typeof leafSources)[number];
  /** Since when it has this value in the container, ISO 8601; null where nobody has written that down. */
  readonly at: string | null;
  /** Where the container and the stack, or the home's file, differ; null where they do not. */
  readonly drift: string | null;
}
