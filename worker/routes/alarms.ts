import { agentOf } from "../agent/call.ts";
import { alarmsReportSchema, alarmsTestSchema } from "../alarms/alarm.ts";
import { route } from "../openapi/route.ts";

const about = { tag: "lifecycle", door: "operator", quiet: true } as const;

/** What is wrong with the bot, and who is told. */
export const alarmRoutes = [
  route(
    {
      ...about,
      method: "get",
      path: "/api/alarms",
      id: "alarms",
      does: "what is wrong, what was, and who was told",
      answer: { what: "The alarms.", json: alarmsReportSchema },
    },
    ({ c }) => agentOf(c.env).alarms(),
  ),
  route(
    {
      ...about,
      method: "post",
      path: "/api/alarms/test",
      id: "testAlarms",
      does: "sends a test to each channel that alarms are told over",
      answer: { what: "What each channel answered.", json: alarmsTestSchema },
    },
    ({ c }) => agentOf(c.env).testAlarms(),
  ),
];
