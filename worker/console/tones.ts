import type { Desired, State } from "../agent/lifecycle.ts";

/** How something stands, which the style gives a colour: a word always stands beside it. */
export type Tone = "good" | "rest" | "busy" | "bad";

/** A state in a word and a tone. `desired` tells sleep from a stop; without it, a stopped bot is down. */
export function standing(state: State, desired?: Desired): { readonly word: string; readonly tone: Tone } {
  switch (state) {
    case "ready":
      return { word: "Ready", tone: "good" };
    case "fresh":
      return { word: "New container", tone: "busy" };
    case "restored":
      return { word: "Memory is back", tone: "busy" };
    case "starting":
      return { word: "Hermes starts", tone: "busy" };
    case "failed":
      return { word: "Failed", tone: "bad" };
    case "stopped":
      return { word: desired === "asleep" ? "Asleep" : desired === "stopped" ? "Stopped" : "At rest", tone: "rest" };
    case "absent":
      return desired === undefined || desired === "running"
        ? { word: "No container", tone: "bad" }
        : { word: desired === "asleep" ? "Asleep" : "Stopped", tone: "rest" };
  }
}
