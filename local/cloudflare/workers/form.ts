/** The multipart form of an upload: one `metadata` part, then a part per module whose name is its filename. */
import type { WorkerModule } from "../../runtime/contract.ts";
import { parse, parseJson } from "../core/endpoint.ts";
import { ApiProblem } from "../core/problems.ts";
import { type Metadata, metadataSchema, type Settings, settingsSchema } from "./metadata.ts";

/** An upload, read but not yet checked against the account. */
export interface Upload {
  readonly metadata: Metadata;
  readonly modules: readonly File[];
}

const contentTypes = new Set([
  "application/javascript+module",
  "application/javascript",
  "application/json",
  "application/octet-stream",
  "application/source-map",
  "application/wasm",
  "text/plain",
]);

/** Reads the form of `PUT /workers/scripts/:name`. */
export function readUpload(form: FormData): { body: Upload; logged: unknown } {
  const metadata = parse(metadataSchema, jsonPart(form, "metadata"), "metadata");
  const modules: File[] = [];
  for (const [name, part] of form) {
    if (name === "metadata") continue;
    modules.push(modulePart(name, part));
  }
  const names = modules.map((one) => one.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new ApiProblem("noSuchModule", { name: twice, why: "two parts have this name" });
  if (!names.includes(metadata.main_module)) {
    throw new ApiProblem("noSuchModule", { name: metadata.main_module, why: "metadata.main_module names no part" });
  }
  const parts = modules.map((one) => ({ name: one.name, type: one.type, bytes: one.size }));
  return { body: { metadata, modules }, logged: { metadata, parts } };
}

/** Reads the form of `PATCH /workers/scripts/:name/settings`: one part, `settings`. */
export function readSettings(form: FormData): { body: Settings; logged: unknown } {
  const extra = [...form.keys()].find((name) => name !== "settings");
  if (extra) throw new ApiProblem("requestInvalid", { why: `unknown part "${extra}"; the only part is "settings"` });
  const settings = parse(settingsSchema, jsonPart(form, "settings"), "settings");
  return { body: settings, logged: { settings } };
}

/** Loads the content of the modules. */
export function loadModules(files: readonly File[]): Promise<WorkerModule[]> {
  return Promise.all(
    files.map(async (file) => ({
      name: file.name,
      contentType: file.type,
      content: new Uint8Array(await file.arrayBuffer()),
    })),
  );
}

function jsonPart(form: FormData, name: string): unknown {
  const parts = form.getAll(name);
  const [part] = parts;
  if (parts.length !== 1 || typeof part !== "string") {
    throw new ApiProblem("requestInvalid", { why: `one text part "${name}" is needed, ${parts.length} found` });
  }
  return parseJson(part, `part "${name}"`);
}

function modulePart(name: string, part: File | string): File {
  if (typeof part === "string") throw new ApiProblem("noSuchModule", { name, why: "the part has no filename" });
  if (part.name !== name) {
    throw new ApiProblem("noSuchModule", { name, why: `the part's filename "${part.name}" differs from its name` });
  }
  if (!contentTypes.has(part.type)) {
    throw new ApiProblem("noSuchModule", {
      name,
      why: `content type "${part.type}" is not one of ${[...contentTypes].join(", ")}`,
    });
  }
  return part;
}
