/** Objects whose content is not what it was: how they are found, and where they go. Nothing is ever only deleted. */
import { hexOf, sha256 } from "../hash.ts";
import { type Bucket, keysUnder } from "../storage.ts";
import { keyOf, nameIn } from "./objects.ts";

/** No container reaches it, and restic ignores it. */
const folder = "talaria/rotten/";
/** Index objects that are read at once. */
const readAtOnce = 6;
const packForm = /\bpack[ /]([0-9a-f]{64})\b/g;

/** The name of all that restic stores, but `config`: its SHA-256 in hex. */
export async function nameOfContent(content: ArrayBuffer): Promise<string> {
  return hexOf(await sha256(content));
}

/** Keeps what lies under a key as it is, under another one. */
export async function keepRotten(bucket: Bucket, key: string, at: number): Promise<void> {
  const object = await bucket.get(key);
  if (object === null) return;
  await bucket.put(`${folder}${key}.${at}`, await object.arrayBuffer());
}

/** Takes an object away from where it is in the way. */
export async function setAside(bucket: Bucket, key: string, at: number): Promise<void> {
  await keepRotten(bucket, key, at);
  await bucket.delete([key]);
}

/** Whether an object is there and its content is not what its name says. */
export async function isRotten(bucket: Bucket, key: string): Promise<boolean> {
  const object = await bucket.get(key);
  if (object === null) return false;
  return (await nameOfContent(await object.arrayBuffer())) !== nameIn(key);
}

/** Index objects that rotted, or are junk. Reads all of them. */
export async function rottenIndexes(bucket: Bucket): Promise<string[]> {
  const keys = await keysUnder(bucket, "index/");
  const rotten: string[] = [];
  for (let from = 0; from < keys.length; from += readAtOnce) {
    const some = keys.slice(from, from + readAtOnce);
    const found = await Promise.all(some.map((key) => isRotten(bucket, key)));
    rotten.push(...some.filter((_, at) => found[at]));
  }
  return rotten;
}

/** Packs that restic's words name and that did rot, one after the other: each can be some dozen megabytes. */
export async function rottenPacks(bucket: Bucket, words: string): Promise<string[]> {
  const rotten: string[] = [];
  for (const pack of new Set([...words.matchAll(packForm)].map(([, name = ""]) => name)))
    if (await isRotten(bucket, keyOf("data", pack))) rotten.push(pack);
  return rotten;
}
