/** State on disk: one JSON file per kind of object, replaced as a whole; modules of Workers as files of their own. */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";

/** Objects of one kind by key, in order of creation. Every change is on disk when the call returns. */
export interface Collection<T> {
  get(key: string): T | undefined;
  all(): T[];
  put(key: string, value: T): T;
  delete(key: string): boolean;
}

/** A kept object: its id, the fields that the API adds, and those that the caller sent. */
export const keptSchema = z.looseObject({ id: z.string() });
/** A kept object. */
export type Kept = z.infer<typeof keptSchema>;

/** A folder that only its owner reads (secrets lie in it). */
export class Store {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Opens `<name>.json`. A file that does not fit the schema is an error that names it, never silently dropped. */
  collection<T>(name: string, schema: z.ZodType<T>): Collection<T> {
    const file = path.join(this.#dir, `${name}.json`);
    const items = new Map<string, T>();
    for (const [key, value] of Object.entries(readJson(file))) items.set(key, parseSaved(file, key, schema, value));
    const save = (): void => this.#replace(file, JSON.stringify(Object.fromEntries(items), null, 1));
    return {
      get: (key) => items.get(key),
      all: () => [...items.values()],
      put(key, value) {
        items.set(key, value);
        save();
        return value;
      },
      delete(key) {
        const existed = items.delete(key);
        if (existed) save();
        return existed;
      },
    };
  }

  /** Writes a file below the store and returns its path relative to it. */
  writeBlob(relative: string, content: Uint8Array): string {
    const file = path.join(this.#dir, relative);
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    this.#replace(file, content);
    return relative;
  }

  readBlob(relative: string): Uint8Array {
    return new Uint8Array(fs.readFileSync(path.join(this.#dir, relative)));
  }

  removeFolder(relative: string): void {
    fs.rmSync(path.join(this.#dir, relative), { recursive: true, force: true });
  }

  #replace(file: string, content: string | Uint8Array): void {
    const fresh = `${file}.${process.pid}.new`;
    fs.writeFileSync(fresh, content, { mode: 0o600 });
    fs.renameSync(fresh, file);
  }
}

function readJson(file: string): Record<string, unknown> {
  if (!fs.existsSync(file)) return {};
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Error(`${file} is not JSON. Remove it, or start with \`npm run local -- --fresh\`.`, { cause });
  }
}

function parseSaved<T>(file: string, key: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new Error(
    `${file}: "${key}" does not fit this version (at ${where}). Start with \`npm run local -- --fresh\` to forget local state.`,
  );
}
