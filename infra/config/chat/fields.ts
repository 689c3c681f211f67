/** Kinds of fields that the keys of chat platforms have, and where Hermes reads each. */
import { z } from "zod";
import { choice, onOff, text } from "../values.ts";

/** A value of a field, in the form of the configuration. */
export type ChatValue = string | boolean | readonly string[];

/** One field of a platform's key. */
export interface ChatField {
  /** For the README's table: follows the field's name. */
  readonly meaning: string;
  /** Without the field: undefined, or a default. */
  readonly schema: z.ZodType<ChatValue | undefined>;
  /** Variable that Hermes reads; declared in its managed scope, where no `.env` of a home wins over it. */
  readonly environment?: string;
  /** Leaf of config.yaml with the same meaning. With both, both are declared: releases differ in which of the two wins. */
  readonly setting?: string;
  /** What takes the value's place in the setting. */
  readonly settingValue?: unknown;
  /** Hermes cannot connect without it. @default false */
  readonly required?: boolean;
  /** It is a list. @default false */
  readonly several?: boolean;
}

type Place = Omit<ChatField, "schema" | "meaning" | "several">;
type Form = readonly [form: RegExp, problem: string];

/** An id: digits may come as a number, because `pulumi config set --path` writes them as one. */
const id = ([form, problem]: Form) =>
  z.union([z.string(), z.number()], { error: "is not text" }).transform(String).pipe(z.string().regex(form, problem));

/** Several ids. */
export const ids = (meaning: string, form: Form, place: Place): ChatField => ({
  meaning,
  schema: z.array(id(form), { error: "is not a list" }).min(1, "is empty; name one, or remove the field").optional(),
  several: true,
  ...place,
});

/** One id, address or name of a form. */
export const one = (meaning: string, form: Form, place: Place): ChatField => ({
  meaning,
  schema: id(form).optional(),
  ...place,
});

/** true or false; undefined leaves it to Hermes. */
export const flag = (meaning: string, place: Place, standard?: boolean): ChatField => {
  return { meaning, schema: standard === undefined ? onOff.optional() : onOff.default(standard), ...place };
};

/** One of a few words. */
export const word = (meaning: string, words: readonly [string, ...string[]], place: Place): ChatField => ({
  meaning,
  schema: choice(words).optional(),
  ...place,
});

/** An address of a server, with its scheme. */
export const address = (meaning: string, schemes: readonly string[], place: Place): ChatField => ({
  meaning,
  schema: text
    .refine(
      (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)),
      `is not a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`,
    )
    .optional(),
  ...place,
});

/** A value as Hermes' environment has it: lists with commas. */
export function asVariable(value: ChatValue): string {
  return typeof value === "object" ? value.join(",") : String(value);
}
