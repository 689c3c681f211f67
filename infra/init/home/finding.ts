/** What is found of a home, piece by piece: where each goes, and what is said of the rest. */
import { chatSecrets, providers } from "../../../worker/bindings.ts";
import { ownVariables } from "../../config/chat/declaration.ts";
import { ownerOfVariable } from "../../config/hermes/owned.ts";
import { secretLook } from "../../config/secretLooks.ts";
import { isMapping } from "../../config/trees.ts";

/** Collects it. */
export class Finding {
  /** Plain keys of the stack beside `settings`. */
  readonly config: Record<string, unknown> = {};
  /** Leaves of config.yaml. */
  settings: Record<string, unknown> = {};
  readonly secrets: Record<string, string> = {};
  readonly secretEnvironment: Record<string, string> = {};
  readonly files: Record<string, { text: string; secret?: boolean }> = {};
  readonly #notes = new Set<string>();

  note(sentence: string): void {
    this.#notes.add(sentence);
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** Sets a field of a key, such as `slack.allowedUsers`. */
  field(key: string, field: string, value: unknown): void {
    const under = this.config[key];
    this.config[key] = { ...(isMapping(under) ? under : {}), [field]: value };
  }

  /** Keeps a value as a secret variable of the gateway. @returns its name: `wanted`, or a free one like it */
  variable(wanted: string, value: string): string {
    const plain = wanted
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .replace(/[^A-Za-z0-9]+/g, "_")
      .toUpperCase()
      .replace(/^(?=\d)/, "_");
    const free = isTaken(plain) ? `BOT_${plain}` : plain;
    for (let count = 1; ; count++) {
      const name = count === 1 ? free : `${free}_${count}`;
      const there = this.secretEnvironment[name];
      if (there !== undefined && there !== value) continue;
      this.secretEnvironment[name] = value;
      return name;
    }
  }

  /**
   * A value in which no secret stands: each becomes `${NAME}`, which Hermes fills in where it runs. `path` names it; `isPlain`: whether a
   * text that looks harmless may stay.
   */
  withoutSecrets(value: unknown, path: readonly string[], isPlain: (text: string) => boolean = () => true): unknown {
    if (Array.isArray(value)) return value.map((one, at) => this.withoutSecrets(one, [...path, String(at)], isPlain));
    if (isMapping(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, one]) => [name, this.withoutSecrets(one, [...path, name], isPlain)]),
      );
    if (typeof value !== "string" || isReference(value)) return value;
    const named = path.findLast((name) => !/^\d+$/.test(name)) ?? "";
    if (secretLook(named, value) !== undefined || !isPlain(value)) return `\${${this.variable(path.join("_"), value)}}`;
    return this.#hidden(value);
  }

  /** Whether a secret that is known from elsewhere stands in the text, too. */
  #hidden(text: string): string {
    const known = Object.entries(this.secretEnvironment).filter(([, secret]) => secret.length >= 8);
    return known.reduce((shown, [name, secret]) => shown.replaceAll(secret, `\${${name}}`), text);
  }
}

/** Names that are no secret variable's: Talaria's own, a platform's, a provider's. */
function isTaken(name: string): boolean {
  const own = [...Object.values(chatSecrets), ...Object.values(providers)].some(({ secret }) => secret === name);
  return own || ownVariables[name] !== undefined || ownerOfVariable(name) !== undefined;
}

/** A variable by name: it says nothing. */
export const isReference = (text: string): boolean => /^\s*(?:[A-Za-z]+\s+)?\$\{[A-Za-z_]\w*\}\s*$/.test(text);
