/** The fields of the key `restart`: what becomes of a gateway that ends by itself. */
import { z } from "zod";
import { restartPolicies } from "../../worker/restartSchema.ts";
import { choice, count } from "./values.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const restartMeaning =
  "What becomes of a gateway that ends, and nobody asked it to. `policy`: `always` started again, `on-failure` (one that ended well stays down), or `never`; one that stays down waits for `./talaria wake`. `delaySeconds`: before its next start. `limit`: ends within an hour after which it is given up. A container that is gone is started again in any case, and so is Hermes where it asks for it (`/restart` in a chat).";

export const restartFields = z
  .strictObject({
    policy: choice(restartPolicies).default("always"),
    delaySeconds: z.coerce
      .number({ error: "is not a number of seconds" })
      .int("is not a whole number of seconds")
      .min(0, "is less than 0")
      .max(300, "is more than 300")
      .default(5),
    limit: count(1000).optional(),
  })
  .prefault({});
