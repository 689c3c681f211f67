/** Words behind `hermes gateway run`: those that Talaria gives itself, or that would break what it does, are refused. */
import { z } from "zod";
import { text } from "../values.ts";

const refused: Readonly<Record<string, string>> = {
  "--external-supervisor": "Talaria gives it: the Agent is what starts Hermes again",
  "--quiet": "Talaria gives it",
  "-q": "Talaria gives it",
  "--replace": "one gateway runs in a container, and the Agent ends the one before",
  "--force": "one gateway runs in a container, and the Agent ends the one before",
  "--no-supervise": "it belongs to Hermes' own image",
  "--help": "it would print and end",
  "-h": "it would print and end",
  "--profile": "the home is Talaria's: it is what a snapshot holds",
  "-p": "the home is Talaria's: it is what a snapshot holds",
};

/** Options of `hermes gateway run`, such as `--accept-hooks`. */
export const extraArgs = z
  .array(
    text.check((context) => {
      const [word = ""] = context.value.split("=");
      const why = refused[word];
      const message = word.startsWith("-")
        ? why && `is not the stack's to give: ${why}`
        : "is no option, and `hermes gateway run` takes nothing else";
      if (message) context.issues.push({ code: "custom", input: context.value, message });
    }),
    { error: "is not a list" },
  )
  .default([]);
