import type { DeployedWorker } from "../local/runtime/contract.ts";
import {
  buckets,
  type ClassName,
  classes,
  compatibility,
  declarationModule,
  generatedSecrets,
} from "../worker/bindings.ts";
import { type Declaration, declarationSchema } from "../worker/declarationSchema.ts";
import declarationText from "../worker/testing/declarationText.ts";

/** What one test uploads of its own. */
export interface TestUpload {
  readonly name: string;
  /** Of `bundledWorker`. */
  readonly code: Uint8Array;
  /** Fields that are not as the tests' own declaration has them. */
  readonly declared?: (standard: Declaration) => Partial<Declaration>;
  /** Objects that it has, by the bindings of the real Worker. */
  readonly classes: readonly ClassName[];
  /** By binding. One that the stack generates is bound in the form of those. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether it has a bucket, of its own name. */
  readonly hasBucket?: boolean;
}

const rotating: readonly string[] = Object.values(generatedSecrets);

/** A Worker of `worker/testing`, as a runtime takes it: bound as the real one is. */
export function testUpload({
  name,
  code,
  declared,
  secrets,
  variables,
  hasBucket,
  ...upload
}: TestUpload): DeployedWorker {
  const standard = declarationSchema.parse(JSON.parse(declarationText));
  const declaration = JSON.stringify({ ...standard, ...declared?.(standard) });
  const isContainer = (className: ClassName) => "application" in classes[className];
  return {
    name,
    mainModule: "index.js",
    modules: [
      { name: "index.js", contentType: "application/javascript+module", content: code },
      { name: declarationModule, contentType: "text/plain", content: new TextEncoder().encode(declaration) },
    ],
    bindings: [
      ...(hasBucket ? [{ name: buckets.snapshots, type: "r2_bucket", bucket_name: name }] : []),
      ...Object.entries(secrets ?? {}).map(([binding, value]) => ({
        ...{ name: binding, type: "secret_text" },
        text: rotating.includes(binding) ? JSON.stringify({ current: value }) : value,
      })),
      ...Object.entries(variables ?? {}).map(([binding, text]) => ({ name: binding, type: "plain_text", text })),
      ...upload.classes.map((className) => ({
        ...{ name: classes[className].binding, type: "durable_object_namespace", class_name: className },
      })),
    ],
    compatibilityDate: compatibility.date,
    compatibilityFlags: [...compatibility.flags],
    classes: Object.fromEntries(upload.classes.map((name) => [name, { container: isContainer(name) }])),
  };
}
