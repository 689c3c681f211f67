import { consoleRoutes } from "../console/routes.ts";
import type { Described, Route } from "../openapi/route.ts";
import { alarmRoutes } from "./alarms.ts";
import { boxRoutes } from "./box.ts";
import { configRoutes } from "./config.ts";
import { costRoutes } from "./cost.ts";
import { execRoutes } from "./exec.ts";
import { lifecycleRoutes } from "./lifecycle.ts";
import { logRoutes } from "./logs.ts";
import { memoryRoutes } from "./memory.ts";
import { openRoutes } from "./open.ts";
import { openaiRoutes } from "./openaiRoutes.ts";
import { sessionRoutes } from "./session.ts";
import { slackRoutes } from "./slack.ts";
import { statusRoutes } from "./status.ts";
import { tokenRoutes } from "./tokens.ts";
import { travelRoutes } from "./travel.ts";

/** Routes whose handlers are ours. */
export const served: readonly Route[] = [
  ...openRoutes(() => routes),
  ...statusRoutes,
  ...alarmRoutes,
  ...lifecycleRoutes,
  ...logRoutes,
  ...configRoutes,
  ...memoryRoutes,
  ...travelRoutes,
  ...costRoutes,
  ...execRoutes,
  ...tokenRoutes,
  ...sessionRoutes,
  ...boxRoutes,
  ...consoleRoutes,
  ...slackRoutes,
];

/** Every route: what is served, what `GET /` lists and what the document tells come of this one table. */
export const routes: readonly Described[] = [...served, ...openaiRoutes];
