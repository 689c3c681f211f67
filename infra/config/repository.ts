/** Files below the repository's top, by the paths that keys name. No path, and no link, leads out of it. */
import fs from "node:fs";
import path from "node:path";

/** What cannot be read; it completes `"<path>" …`. */
export interface Unreadable {
  readonly problem: string;
}

/** A file in a folder. */
export interface FolderFile {
  /** Its path in the folder, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  read(): Buffer;
}

/** The repository as the keys see it. */
export interface Repository {
  /** Bytes of a file. One above `most` bytes is not read. */
  file(name: string, most: number): Buffer | Unreadable;
  /** Every file below a folder, in the order of the paths. */
  folder(name: string): readonly FolderFile[] | Unreadable;
}

/** Where the repository lies that this program is part of. */
export const top = path.resolve(import.meta.dirname, "..", "..");

/** What programs leave in a folder, and no bot needs. */
const leftovers: readonly string[] = [".git", "__pycache__", ".pytest_cache", "node_modules", ".DS_Store"];
/** A folder with more files is none of a skill. */
const mostFiles = 500;

/** The repository at a folder. */
export function repositoryAt(folder: string): Repository {
  return {
    file(name, most) {
      const found = inside(folder, name);
      if (typeof found !== "string") return found;
      const { size } = fs.statSync(found);
      if (!fs.statSync(found).isFile()) return { problem: "is a folder, and a file is due." };
      if (size > most) return { problem: tooLarge(size, most) };
      return fs.readFileSync(found);
    },
    folder(name) {
      const found = inside(folder, name);
      if (typeof found !== "string") return found;
      if (!fs.statSync(found).isDirectory()) return { problem: "is a file, and a folder is due." };
      return filesBelow(found);
    },
  };
}

/** A repository with texts that are about to be written into it. */
export function withTexts(repository: Repository, text: (name: string) => string | undefined): Repository {
  return {
    file: (name, most) => {
      const written = text(name);
      if (written === undefined) return repository.file(name, most);
      const bytes = Buffer.from(written);
      return bytes.length > most ? { problem: tooLarge(bytes.length, most) } : bytes;
    },
    folder: (name) => repository.folder(name),
  };
}

/** The sentence for a file that is too large. */
export function tooLarge(size: number, most: number): string {
  return `has ${size} bytes; at most ${most} are taken.`;
}

/** Where a path leads, links followed. */
function inside(above: string, name: string): string | Unreadable {
  const leaves = { problem: "leads out of the repository; what a bot is made of lies below its top." };
  const isBelow = (inner: string, outer: string) => inner.startsWith(`${outer}${path.sep}`);
  const full = path.resolve(above, name);
  if (path.isAbsolute(name) || !isBelow(full, path.resolve(above))) return leaves;
  if (!fs.existsSync(full)) return { problem: "is not there. Paths begin at the repository's top." };
  const real = fs.realpathSync(full);
  return isBelow(real, fs.realpathSync(above)) ? real : leaves;
}

function filesBelow(folder: string): readonly FolderFile[] | Unreadable {
  const files: FolderFile[] = [];
  const open = [""];
  for (let inner = open.pop(); inner !== undefined; inner = open.pop()) {
    for (const entry of fs.readdirSync(path.join(folder, inner), { withFileTypes: true })) {
      if (leftovers.includes(entry.name)) continue;
      const name = inner === "" ? entry.name : `${inner}/${entry.name}`;
      const full = path.join(folder, name);
      if (entry.isDirectory()) open.push(name);
      else if (!entry.isFile()) return { problem: `holds ${name}, which is neither a file nor a folder: a link, say.` };
      else {
        const { size, mode } = fs.statSync(full);
        files.push({ path: name, size, executable: (mode & 0o100) !== 0, read: () => fs.readFileSync(full) });
      }
      if (files.length > mostFiles) return { problem: `holds more than ${mostFiles} files.` };
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
