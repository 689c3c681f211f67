import { describe, expect, it } from "vitest";
import { buildProgram } from "../cli/program.ts";
import { causes } from "../worker/alarms/causes.ts";
import { nextOf } from "../worker/alarms/notice.ts";
import { alarmCodes } from "../worker/declarationSchema.ts";

describe("what an alarm says to type", () => {
  it.each(alarmCodes)("is a command that there is, for %s", async (code) => {
    const typed = nextOf(code, { bot: "talaria-prod", stack: "prod" });
    const words = typed.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [];
    const [program, ...args] = words;
    expect(program).toBe("./talaria");
    const parsed: string[] = [];
    const known = buildProgram();
    const stop = (name: string) => () => void parsed.push(name);
    for (const command of known.commands) {
      command.action(stop(command.name()));
      for (const inner of command.commands) inner.action(stop(`${command.name()} ${inner.name()}`));
    }
    await known.parseAsync(args, { from: "user" });
    expect([parsed.length, known.opts()]).toEqual([1, { stack: "prod" }]);
    expect(causes[code].type).toContain(parsed[0]);
  });
});
