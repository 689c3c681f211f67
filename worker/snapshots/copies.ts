/**
 * Copies of `config` and the keys: a few hundred bytes without which the whole repository opens no more. They change when an
 * operator rotates the password: then the copy of a key that he removed goes, too, for it would open for the old password.
 */
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Bucket, type KeyStorage, keysUnder } from "../storage.ts";
import { nameIn } from "./objects.ts";
import { keepRotten, nameOfContent, setAside } from "./rotten.ts";

const folder = "talaria/copies/";
const keptFlag = "copies-kept";

/** What is known of one of them: SHA-256 of what lies there, undefined where nothing does. */
export interface Pair {
  readonly living: string | undefined;
  readonly copy: string | undefined;
  /** What it has to be: a key's name says it, and of `config` it was noted when it was copied. */
  readonly expected: string | undefined;
}

/** What to do with the living object. A copy that rotted itself, or is none of it, mends nothing. */
export function remedyFor({ living, copy, expected }: Pair): "none" | "put back" | "replace" {
  if (expected === undefined || copy !== expected || living === expected) return "none";
  return living === undefined ? "put back" : "replace";
}

/** Whether somebody has changed the keys by hand: then a key that is gone was removed on purpose. */
export function keysWereChanged(living: readonly string[], copies: readonly string[]): boolean {
  return living.some((name) => !copies.includes(name));
}

export interface CopiesParts {
  readonly bucket: Bucket;
  readonly storage: KeyStorage;
  readonly log: Log;
  readonly now: () => number;
}

/** Keeps the copies, and puts back what is gone or rotten. */
export class Copies {
  private readonly parts: CopiesParts;

  constructor(parts: CopiesParts) {
    this.parts = parts;
  }

  /** To be called when the repository has just been opened. Looks at the keys' names once it has succeeded. Never throws. */
  async keep(): Promise<void> {
    const { bucket, storage, log } = this.parts;
    try {
      const living = await keysUnder(bucket, "keys/");
      if (storage.get(keptFlag) === true && !keysWereChanged(living, await this.copied())) return;
      if (!(await this.keepAll(living))) return;
      storage.put(keptFlag, true);
      await this.forget(living);
    } catch (error) {
      log("warn", "config and keys were not copied; the next promotion tries again", { reason: reasonOf(error) });
    }
  }

  /** Names of the keys of which there are copies. */
  private async copied(): Promise<string[]> {
    return (await keysUnder(this.parts.bucket, `${folder}keys/`)).map((key) => key.slice(folder.length));
  }

  /** Removes copies of keys that are no more, where somebody has changed the keys: what opened just now is copied. */
  private async forget(living: readonly string[]): Promise<void> {
    for (const key of await this.copied()) {
      if (living.includes(key)) continue;
      await this.parts.bucket.delete(folder + key);
      this.parts.log("info", "a key was removed from the repository; its copy went, too", { key });
    }
  }

  private async keepAll(keys: readonly string[]): Promise<boolean> {
    const kept = await Promise.all(["config", ...keys].map((key) => this.keepOne(key)));
    return kept.filter((one) => one).length >= 2;
  }

  /** Whether there is a copy now. */
  private async keepOne(key: string): Promise<boolean> {
    const { bucket, now } = this.parts;
    const content = await (await bucket.get(key))?.arrayBuffer();
    if (content === undefined) return false;
    const hash = await nameOfContent(content);
    if (key !== "config" && hash !== nameIn(key)) return false; // another key opened the repository
    const copy = await this.contentOf(folder + key);
    if (copy?.hash === hash && copy.noted === hash) return true;
    await keepRotten(bucket, folder + key, now());
    await bucket.put(folder + key, content, { customMetadata: { sha256: hash } });
    return true;
  }

  /** Puts back what is gone or is not what it was; returns the keys of it. */
  async putBack(): Promise<string[]> {
    const { bucket, log, now } = this.parts;
    const copies = (await keysUnder(bucket, folder)).map((key) => key.slice(folder.length));
    const living = await keysUnder(bucket, "keys/");
    const changed = keysWereChanged(living, copies);
    const back: string[] = [];
    for (const key of copies) {
      const [there, copy] = await Promise.all([this.contentOf(key), this.contentOf(folder + key)]);
      if (copy === undefined) continue;
      const expected = key === "config" ? copy.noted : nameIn(key);
      const remedy = remedyFor({ living: there?.hash, copy: copy.hash, expected });
      if (remedy === "none" || (remedy === "put back" && key !== "config" && changed)) continue;
      if (remedy === "replace") await setAside(bucket, key, now());
      await bucket.put(key, copy.content);
      log("error", "an object without which nothing opens was put back from its copy", { key, remedy });
      back.push(key);
    }
    return back;
  }

  private async contentOf(key: string) {
    const object = await this.parts.bucket.get(key);
    if (object === null) return undefined;
    const content = await object.arrayBuffer();
    return { content, hash: await nameOfContent(content), noted: object.customMetadata?.sha256 };
  }
}
