import type { Child } from "hono/jsx";
import { Alarms } from "./alarms.tsx";
import { AuditRows } from "./audit.tsx";
import { Declared } from "./declared.tsx";
import { Glance } from "./glance.tsx";
import { Keys } from "./keys.tsx";
import { Memory } from "./memory.tsx";
import { Sandboxes } from "./sandboxes.tsx";
import { Timeline } from "./timeline.tsx";
import type { ConsoleView } from "./view.ts";

/** A part of the page that is renewed by itself. */
export interface Part {
  /** HTML, escaped. */
  readonly html: string;
  /** Another one: another HTML. */
  readonly mark: string;
}

const contents = {
  glance: (view) => <Glance view={view} />,
  alarms: (view) => <Alarms view={view} />,
  timeline: (view) => <Timeline view={view} />,
  memory: (view) => <Memory view={view} />,
  audit: (view) => <AuditRows view={view} />,
  sandboxes: (view) => <Sandboxes view={view} />,
  keys: (view) => <Keys view={view} />,
  declared: (view) => <Declared view={view} />,
} as const satisfies Record<string, (view: ConsoleView) => Child>;

export type PartId = keyof typeof contents;

/** All parts of a view. */
export function partsOf(view: ConsoleView): Record<PartId, Part> {
  const made = Object.entries(contents).map(([id, content]) => {
    const html = String(content(view));
    return [id, { html, mark: markOf(html) }];
  });
  return Object.fromEntries(made) as Record<PartId, Part>;
}

/** Those that are not among the ones that a page has: `glance.1x2y,…`. */
export function newParts(parts: Record<PartId, Part>, has: string): Partial<Record<PartId, Part>> {
  const known = new Set(has.split(","));
  return Object.fromEntries(Object.entries(parts).filter(([id, { mark }]) => !known.has(`${id}.${mark}`)));
}

/** A short mark of a text (FNV-1a). It guards nothing: where two texts share one, a page is renewed later. */
export function markOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return (hash >>> 0).toString(36);
}
