/** Kinds of values that several keys share. Messages complete the sentence "talaria:<key> <value> …". */
import { z } from "zod";

/** Any text. */
export const text = z.string({ error: "is not text" });

/** A whole number from 1 to `most`, also as text. */
export const count = (most: number) => {
  const message = `is not a whole number from 1 to ${most}`;
  return z.union([z.string(), z.number()], { error: message }).transform((value, context) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    context.addIssue(message);
    return z.NEVER;
  });
};

/** One of a few words. */
export const choice = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `is not one of ${values.join(", ")}` });
