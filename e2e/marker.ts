/** Looks for a word in everything that a local system has written to disk: databases, objects, logs. */
import fs from "node:fs/promises";
import path from "node:path";

/** Files below a folder whose bytes hold the word in UTF-8 or UTF-16, and how many were read. */
export async function filesWith(folder: string, word: string): Promise<{ found: string[]; read: number }> {
  const forms = [Buffer.from(word, "utf8"), Buffer.from(word, "utf16le")];
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const found: string[] = [];
  for (const file of files) {
    const bytes = await fs.readFile(file);
    if (forms.some((form) => bytes.includes(form))) found.push(file);
  }
  return { found, read: files.length };
}
