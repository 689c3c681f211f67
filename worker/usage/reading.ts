/** How somebody tells what of Cloudflare he has used. */
import { applications } from "../bindings.ts";
import { counted } from "../cost/prices.ts";
import { dayMs } from "../days.ts";

/** Who uses something: a kind of container, or the Worker with its objects. */
export const parties = [...applications, "worker"] as const;
export type Party = (typeof parties)[number];

/** What adds up: what is billed, and what explains it. */
export const measured = [...counted, "containerSeconds", "r2BytesIn", "r2BytesOut"] as const;
export type Measured = (typeof measured)[number];

/** What goes up and down; of a day its highest is kept. Bytes. */
export const levels = ["memoryBytes", "diskBytes", "storedBytes"] as const;
export type Level = (typeof levels)[number];

/**
 * What a source has counted since it began, from 0 up. The book adds what is new of it, so that a reading which is told twice,
 * or only the next time, counts once.
 */
export interface Reading {
  /** Unique for one count from 0 up, such as `AgentBox/<object's id>/<milliseconds of its start>`. */
  readonly source: string;
  readonly of: Party;
  /** Less than last time adds nothing. */
  readonly counted: Readonly<Partial<Record<Measured, number>>>;
  /** As they are now. */
  readonly levels?: Readonly<Partial<Record<Level, number>>>;
}

/** Brings a reading to the book. Whoever could not reach it tells more the next time. */
export type Tell = (reading: Reading) => Promise<void>;

/** A source that has told nothing for so long is forgotten: what it told later would count from 0 again. */
export const sourceEndsMs = 7 * dayMs;

/** Nobody used the bot for a while. */
export interface Gap {
  /** When it was over, milliseconds since the epoch. */
  readonly until: number;
  readonly seconds: number;
}
