import { describe, expect, it } from "vitest";
import { containerUse } from "./containerUse.ts";

/** Asks a container whose server answers so. */
const asked = (answer: Response) =>
  containerUse(
    { getTcpPort: () => ({ fetch: async () => answer }) } as unknown as Container,
    new AbortController().signal,
  );
const ran = (stdout: string, rest: object = {}) => asked(Response.json({ exitCode: 0, stdout, stderr: "", ...rest }));

describe("what a container says that it uses", () => {
  it("is its numbers, and null for what it does not know", async () => {
    const told = { cpuSeconds: 1.5, memoryBytes: 300_000_000, diskBytes: null, sentBytes: 0 };
    expect(await ran(`${JSON.stringify(told)}\n`)).toEqual(told);
  });

  it.each([
    ["less than nothing", '{"cpuSeconds":-1,"memoryBytes":1,"diskBytes":1,"sentBytes":1}'],
    ["more than there is", '{"cpuSeconds":1,"memoryBytes":1e300,"diskBytes":1,"sentBytes":1}'],
    ["infinite", '{"cpuSeconds":1e999,"memoryBytes":1,"diskBytes":1,"sentBytes":1}'],
    ["text", '{"cpuSeconds":"1","memoryBytes":1,"diskBytes":1,"sentBytes":1}'],
    ["missing", "{}"],
    ["no JSON", "NaN"],
  ])("is refused where it is %s", async (_what, stdout) => {
    await expect(ran(stdout)).rejects.toThrow();
  });

  it("fills no log, however long its complaint is", async () => {
    const long = "x".repeat(100_000);
    const failures = [ran("", { exitCode: 1, stderr: long }), asked(new Response(long, { status: 500 }))];
    for (const failure of failures) {
      const { message } = await failure.then(
        () => new Error("it was taken"),
        (error: Error) => error,
      );
      expect(message).toMatch(/ended with 1: xxx|answers 500: xxx/);
      expect(message.length).toBeLessThan(400);
    }
  });
});
