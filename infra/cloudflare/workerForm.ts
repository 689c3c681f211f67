/** The multipart form of a Worker upload, part by part as wrangler sends it (recorded; the test compares). */
import type { Bundle } from "../bundle.ts";

/** A binding without its name and without a secret's value. */
export type PlainBinding = Readonly<
  Record<string, string | readonly string[] | Readonly<Record<string, string | number>>>
>;

/** What an upload says beside the code. */
export interface UploadDeclaration {
  /** Bindings that hold no secret: name → type and target. */
  readonly bindings: Readonly<Record<string, PlainBinding>>;
  /** Secrets: binding → value. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Durable Object classes → name of the container application that runs their containers, "" for none. */
  readonly classes: Readonly<Record<string, string>>;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Words by which the account finds the Worker. */
  readonly tags: readonly string[];
  /** Name and content of text modules. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Seconds that objects get to finish what they hold before new code resets them (wrangler's own value). */
const deferral = 300;

/** Metadata of the upload. Without `keep_bindings`: what is not declared here is not there. */
export function uploadMetadata(mainModule: string, declared: UploadDeclaration) {
  const { bindings, secrets, classes } = declared;
  const withContainer = Object.entries(classes).filter(([, application]) => application !== "");
  return {
    main_module: mainModule,
    bindings: [
      ...Object.entries(bindings).map(([name, binding]) => ({ name, ...binding })),
      ...Object.entries(secrets).map(([name, text]) => ({ name, type: "secret_text", text })),
    ],
    containers: withContainer.map(([class_name, name]) => ({ name, class_name })),
    compatibility_date: declared.compatibilityDate,
    compatibility_flags: declared.compatibilityFlags,
    code_update_strategy: { mode: "deferred", max_delay: deferral },
    exports: Object.fromEntries(
      Object.entries(classes).map(([name, application]) => [
        name,
        { type: "durable-object", storage: "sqlite", ...(application === "" ? {} : { container: application }) },
      ]),
    ),
    observability: { enabled: true },
    tags: declared.tags,
  };
}

/** The whole form. A module's part has the module's name as its name and as its file name. */
export function uploadForm(bundle: Bundle, declared: UploadDeclaration): FormData {
  const form = new FormData();
  form.set("metadata", JSON.stringify(uploadMetadata(bundle.mainModule, declared)));
  for (const { name, type, content } of bundle.modules) form.set(name, new File([content], name, { type }));
  for (const [name, text] of Object.entries(declared.texts)) {
    form.set(name, new File([text], name, { type: "text/plain" }));
  }
  return form;
}
