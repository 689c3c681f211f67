/**
 * What goes into an image: the files of a build context without those that its `.dockerignore` names, and one hash over them.
 * Loaded by the Pulumi program and by the stand-in for the docker plugin, so it imports nothing but Node.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** A file of a context: its path from the context's top (with `/`), and its mode. */
export interface ContextFile {
  readonly path: string;
  /** Type and permission bits, as `stat` gives them. */
  readonly mode: number;
  /** Where a symbolic link points to. */
  readonly link?: string;
}

/** The files of a context in the order of their names; `dockerfile` is a path from its top. @throws Error when the folder or its Dockerfile is missing */
export function contextFiles(folder: string, dockerfile = "Dockerfile"): readonly ContextFile[] {
  if (!fs.existsSync(path.join(folder, dockerfile))) throw new Error(`There is no ${dockerfile} in ${folder}.`);
  const rules = ignoreRules(folder);
  const found: ContextFile[] = [];
  const visit = (inner: string) => {
    for (const entry of fs.readdirSync(path.join(folder, inner), { withFileTypes: true })) {
      const name = inner === "" ? entry.name : `${inner}/${entry.name}`;
      const full = path.join(folder, name);
      if (entry.isDirectory())
        visit(name); // also an ignored one: a later rule may bring back a part of it
      else if (!isIgnored(name, rules)) found.push(contextFile(name, full));
    }
  };
  visit("");
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** SHA-256 over names, modes and contents, in hex: another hash is another image. */
export function contextHash(folder: string, dockerfile?: string): string {
  const hash = createHash("sha256");
  for (const file of contextFiles(folder, dockerfile)) {
    const content = file.link ?? fs.readFileSync(path.join(folder, file.path));
    const inner = createHash("sha256").update(content).digest("hex");
    hash.update(`${file.path}\0${file.mode.toString(8)}\0${inner}\n`);
  }
  return hash.digest("hex");
}

function contextFile(name: string, full: string): ContextFile {
  const stat = fs.lstatSync(full);
  return { path: name, mode: stat.mode, ...(stat.isSymbolicLink() && { link: fs.readlinkSync(full) }) };
}

interface Rule {
  readonly pattern: RegExp;
  /** The line began with `!`: what it names stays in the context. */
  readonly keeps: boolean;
}

/** Whether the last rule that matches a path, or a folder above it, leaves it out. */
function isIgnored(name: string, rules: readonly Rule[]): boolean {
  const parts = name.split("/");
  const paths = parts.map((_part, index) => parts.slice(0, index + 1).join("/"));
  return rules.reduce(
    (ignored, { pattern, keeps }) => (paths.some((one) => pattern.test(one)) ? !keeps : ignored),
    false,
  );
}

function ignoreRules(folder: string): readonly Rule[] {
  const file = path.join(folder, ".dockerignore");
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, "utf8")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const keeps = line.startsWith("!");
      return { keeps, pattern: expression(path.posix.normalize(line.slice(keeps ? 1 : 0).trim())) };
    });
}

/** A pattern of `.dockerignore` as an expression: `*` and `?` stay within a name, `**` crosses folders. */
function expression(pattern: string): RegExp {
  const plain = pattern.replace(/^\/+|\/+$/g, "");
  const body = plain.replace(/\*\*\/?|[*?]|[.+^${}()|\\]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return `\\${token}`;
  });
  return new RegExp(`^${body}$`);
}
