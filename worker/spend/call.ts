import type { ObjectBinding } from "../bound.ts";
import { outcomeOf } from "../outcome.ts";
import { objectOf } from "../usage/object.ts";
import type { Counter } from "./meter.ts";
import type { Spend } from "./spend.ts";

/** Name of the one such object of a bot. */
const spendName = "spend";

/** For whoever calls it. */
export type SpendBinding = ObjectBinding<"Spend", Spend>;

/** Who counts what models cost. */
export function spendOf(env: SpendBinding): DurableObjectStub<Spend> {
  return objectOf(env.SPEND, spendName);
}

/** The object as the model proxy calls it. An object that was reset (each upload does it) is asked once more: asking twice is asking once. */
export function counterOf(env: SpendBinding): Counter {
  const twice = async <T>(call: (spend: DurableObjectStub<Spend>) => Promise<T>): Promise<T> =>
    call(spendOf(env)).catch(() => call(spendOf(env)));
  return {
    // A refusal is an answer, not a failure: it is not asked for again.
    reserve: async (ask) => void outcomeOf(await twice(async (spend) => spend.reserve(ask))),
    settle: (id, settlement) => twice(async (spend) => void (await spend.settle(id, settlement))),
    release: (id) => twice(async (spend) => void (await spend.release(id))),
    unpriced: (model) => twice(async (spend) => void (await spend.unpriced(model))),
  };
}
