/** The README's table of configuration keys, made from the keys themselves: `node infra/config/table.ts` writes it. */
import fs from "node:fs";
import { withPart } from "../../worker/generatedPart.ts";
import { plainKeys, secretBindings } from "./keys.ts";

const readme = new URL("../../README.md", import.meta.url);
const part = {
  file: "README.md",
  begin: "<!-- configuration: made by `node infra/config/table.ts` -->",
  end: "<!-- end of configuration -->",
};

/** Rows in Markdown, keys in the order of the code. */
export function configurationTable(): string {
  const rows = Object.entries(plainKeys).map(([key, { meaning, schema }]) => {
    const standard = schema.safeParse(undefined);
    return `| \`${key}\` | ${meaning} | ${shown(key, standard.success ? standard.data : undefined)} |`;
  });
  const secrets = Object.keys(secretBindings).map((key) => `\`${key}\``);
  return [
    "| `talaria:` key | meaning | default |",
    "| --- | --- | --- |",
    ...rows,
    "",
    `Secrets (\`pulumi config set --secret talaria:<key>\`): ${secrets.join(", ")}. \`secretEnvironment\` has names: \`--secret --path talaria:secretEnvironment.NAME\`, variables of Hermes' gateway.`,
  ].join("\n");
}

/** Durations are kept in seconds; people write hours. */
function shown(key: string, value: unknown): string {
  if (value === undefined) return key === "accountId" ? "required" : "";
  if (key === "sleepAfter" || key === "secretOverlap") return `${Number(value) / 3600}h`;
  if (typeof value !== "object" || value === null) return `\`${String(value)}\``;
  const filled = Object.entries(value).filter(([, inner]) => !Array.isArray(inner) || inner.length > 0);
  return filled.map(([field, inner]) => `${field} ${shownField(inner)}`).join(", ");
}

function shownField(value: unknown): string {
  if (typeof value !== "object" || value === null) return `\`${String(value)}\``;
  const inner = Object.entries(value).map(([field, one]) => `${field} ${String(one)}`);
  return `(${inner.join(", ")})`;
}

/** A README with its table replaced. @throws Error when the marks are missing */
export function withTable(text: string): string {
  return withPart(text, part, configurationTable());
}

if (import.meta.main) fs.writeFileSync(readme, withTable(fs.readFileSync(readme, "utf8")));
