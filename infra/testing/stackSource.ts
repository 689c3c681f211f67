import type { ConfigSource } from "../config/source.ts";
import { stackFile } from "../config/stackFile.ts";
import { isMapping } from "../config/trees.ts";
import { aRepository } from "./source.ts";

/** The configuration that a text of `Pulumi.dev.yaml` is, as Pulumi hands it over; `secure` holds the value itself, in place of its cipher. */
export function sourceOfText(text: string, files: Readonly<Record<string, string>> = {}): ConfigSource {
  const { keys, locate, isSealed } = stackFile("Pulumi.dev.yaml", text, "talaria");
  const values = Object.entries(keys).map(([key, value]) => [key, asText(opened(value))]);
  return {
    ...{ project: "talaria", stack: "dev", locate },
    values: Object.fromEntries(values),
    isSecret: (key) => (key.includes(".") ? isSealed(key) : holdsSealed(keys[key])),
    read: (file) => files[file],
    isTracked: () => false,
    repository: aRepository(files),
  };
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isSecure(value: unknown): value is { secure: string } {
  return isMapping(value) && typeof value.secure === "string" && Object.keys(value).length === 1;
}

function opened(value: unknown): unknown {
  if (isSecure(value)) return value.secure;
  if (Array.isArray(value)) return value.map(opened);
  return isMapping(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, opened(one)])) : value;
}

function holdsSealed(value: unknown): boolean {
  if (isSecure(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSealed);
}
