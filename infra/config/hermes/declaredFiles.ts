/** Documents, skills and plugins that a stack declares: read, and held against what may travel. */
import { z } from "zod";
import type { DeclaredFile, DeclaredFiles, DeclaredFolder } from "../../../worker/declaredFilesSchema.ts";
import type { Repository } from "../repository.ts";
import { secretLook } from "../secretLooks.ts";
import { pathProblem } from "./documentPaths.ts";
import { inKilobytes, jsonBytes, largest, limits, type Part } from "./sizes.ts";

/** The keys of the stack, as they were read. */
export interface FileKeys {
  readonly documents: Readonly<Record<string, unknown>>;
  readonly skills: Readonly<Record<string, unknown>>;
  readonly plugins: Readonly<Record<string, unknown>>;
  /** What travels beside the files: settings and environment. */
  readonly others: readonly Part[];
}

/** What is beside the keys. */
export interface FilePlace {
  readonly repository: Repository;
  /** Tells a problem with a key; `at` where it does not stand in the stack's file. */
  report(key: string, reason: string, next: readonly string[], at?: string): void;
}

/** Of each kind of folder, the file that makes it one. */
const marks = { skills: ["SKILL.md"], plugins: ["plugin.yaml", "plugin.yml", "plugin.json"] } as const;
type FolderKey = keyof typeof marks;

const folderName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
/** Plugins of Talaria's own. */
const ownNames: readonly string[] = ["talaria"];

/** Reads every file and reports every problem. What is returned is meaningful only where there was none. */
export function declaredFiles(
  keys: FileKeys,
  place: FilePlace,
): Pick<DeclaredFiles, "documents" | "skills" | "plugins"> {
  const documents = readDocuments(keys.documents, place);
  const skills = readFolders("skills", keys.skills, place);
  const named = Object.entries(keys.plugins).filter(([, folder]) => folder !== true);
  const enabled = Object.entries(keys.plugins).filter(([, folder]) => folder === true);
  for (const [name] of enabled) if (ownNames.includes(name)) reportName("plugins", name, place);
  const plugins = readFolders("plugins", Object.fromEntries(named), place);
  reportSizes(documents, { skills, plugins }, keys.others, place);
  return {
    ...some("documents", documents),
    ...some("skills", skills),
    ...some("plugins", { ...Object.fromEntries(enabled.map(([name]) => [name, true as const])), ...plugins }),
  };
}

/** A key with something in it; one without is absent. */
function some<const K extends string, V extends object>(key: K, value: V): { readonly [_ in K]?: V } {
  return Object.keys(value).length === 0 ? {} : ({ [key]: value } as { [_ in K]: V });
}

function readDocuments(keys: FileKeys["documents"], place: FilePlace): Record<string, string> {
  const documents: Record<string, string> = {};
  const paths = Object.keys(keys);
  for (const [path, given] of Object.entries(keys)) {
    const key = `documents.${path}`;
    const problem = pathProblem(path);
    const above = paths.find((one) => path.startsWith(`${one}/`));
    if (problem !== undefined) place.report(key, problem.reason, problem.next);
    else if (above !== undefined) place.report(key, `lies below documents.${above}, which is a file.`, []);
    else {
      const text = textOf(path, given, place);
      if (text !== undefined) documents[path] = text;
    }
  }
  return documents;
}

const fileForm = z.strictObject({ file: z.string() });

function textOf(path: string, given: unknown, place: FilePlace): string | undefined {
  const key = `documents.${path}`;
  if (typeof given === "string") return inline(key, given, place);
  const form = fileForm.safeParse(given);
  if (form.success) return fromFile(key, form.data.file, place);
  place.report(key, `${JSON.stringify(given)} is neither a short text nor a file of the repository.`, [
    `pulumi config set --path 'talaria:documents["${path}"].file' docs/${path.split("/").at(-1)}`,
  ]);
  return undefined;
}

function inline(key: string, text: string, place: FilePlace): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.document) {
    place.report(key, `has ${inKilobytes(bytes)}; a document has at most ${inKilobytes(limits.document)}.`, []);
    return undefined;
  }
  reportSecret(key, text, undefined, place);
  return text;
}

function fromFile(key: string, file: string, place: FilePlace): string | undefined {
  const read = place.repository.file(file, limits.document);
  if (!Buffer.isBuffer(read)) {
    place.report(`${key}.file`, `"${file}" ${read.problem}`, []);
    return undefined;
  }
  const text = asText(read);
  if (text === undefined) {
    place.report(`${key}.file`, `"${file}" is binary, and a document is text in UTF-8.`, []);
    return undefined;
  }
  reportSecret(key, text, file, place);
  return text;
}

/** The same bytes as text; undefined for what is none. */
function asText(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // who calls says what that means
  }
}

/** Documents, skills and plugins are deployed as plain text, and shown by a preview. */
function reportSecret(key: string, text: string, file: string | undefined, place: FilePlace): void {
  for (const [index, line] of text.split("\n").entries()) {
    const look = secretLook("", line);
    if (look === undefined) continue;
    place.report(
      key,
      `holds what looks like ${look}, and is deployed as plain text.`,
      ["Treat it as leaked if the file was ever committed. A secret is a variable of talaria:secretEnvironment."],
      file === undefined ? undefined : `${file}:${index + 1}`,
    );
    return;
  }
}

function readFolders(
  key: FolderKey,
  folders: Readonly<Record<string, unknown>>,
  place: FilePlace,
): Record<string, DeclaredFolder> {
  const found: Record<string, DeclaredFolder> = {};
  for (const [name, folder] of Object.entries(folders)) {
    if (!folderName.test(name) || (key === "plugins" && ownNames.includes(name))) {
      reportName(key, name, place);
      continue;
    }
    if (typeof folder !== "string") {
      const said = `${JSON.stringify(folder)} is no folder of the repository${key === "plugins" ? ", nor true" : ""}.`;
      place.report(`${key}.${name}`, said, [`pulumi config set --path talaria:${key}.${name} ${key}/${name}`]);
      continue;
    }
    const read = readFolder(key, name, folder, place);
    if (read !== undefined) found[name] = read;
  }
  return found;
}

function reportName(key: FolderKey, name: string, place: FilePlace): void {
  const why = ownNames.includes(name) ? "is the name of Talaria's own." : "is no name of letters, digits, - and _.";
  place.report(`${key}.${name}`, why, []);
}

function readFolder(key: FolderKey, name: string, folder: string, place: FilePlace): DeclaredFolder | undefined {
  const full = `${key}.${name}`;
  const listed = place.repository.folder(folder);
  if ("problem" in listed) {
    place.report(full, `"${folder}" ${listed.problem}`, []);
    return undefined;
  }
  if (!listed.some(({ path }) => marks[key].some((mark) => mark === path))) {
    place.report(full, `"${folder}" holds no ${marks[key][0]}, which Hermes knows it by.`, []);
    return undefined;
  }
  const bytes = listed.reduce((sum, { size }) => sum + size, 0);
  if (bytes > limits.folders) {
    const parts = listed.map(({ path, size }) => ({ key: `${folder}/${path}`, bytes: size }));
    place.report(
      full,
      `"${folder}" has ${inKilobytes(bytes)}; skills and plugins have at most ${inKilobytes(limits.folders)} together.`,
      [largest(parts)],
    );
    return undefined;
  }
  const files = listed.map((file): [string, DeclaredFile] => {
    const content = file.read();
    const text = asText(content);
    if (text !== undefined) reportSecret(full, text, `${folder}/${file.path}`, place);
    return [
      file.path,
      {
        ...(text === undefined ? { base64: content.toString("base64") } : { text }),
        ...(file.executable && { executable: true }),
      },
    ];
  });
  return { files: Object.fromEntries(files) };
}

/** What is too much together. Single ones have been held against their own limit. */
function reportSizes(
  documents: Readonly<Record<string, string>>,
  folders: Readonly<Record<FolderKey, Readonly<Record<string, DeclaredFolder>>>>,
  others: readonly Part[],
  place: FilePlace,
): void {
  const sized = (key: string, entries: Readonly<Record<string, unknown>>): Part[] =>
    Object.entries(entries).map(([name, value]) => ({ key: `${key}.${name}`, bytes: jsonBytes(value) }));
  const sum = (parts: readonly Part[]) => parts.reduce((total, { bytes }) => total + bytes, 0);
  const inFolders = [...sized("skills", folders.skills), ...sized("plugins", folders.plugins)];
  const all = [...inFolders, ...sized("documents", documents), ...others];
  if (sum(inFolders) > limits.folders) {
    const said = `have ${inKilobytes(sum(inFolders))} together with talaria:plugins; ${inKilobytes(limits.folders)} fit.`;
    place.report("skills", said, [largest(inFolders)]);
  } else if (sum(all) > limits.declared) {
    const said = `make the declaration ${inKilobytes(sum(all))}; it travels in one piece of at most ${inKilobytes(limits.declared)}.`;
    place.report("documents", said, [largest(all)]);
  }
}
