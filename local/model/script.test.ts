import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Conversation, Message } from "./conversation.ts";
import { faults } from "./faults.ts";
import { decide } from "./script.ts";

const now = new Date("2026-11-01T12:00:00.000Z");

function asking(text: string, more: Partial<Conversation> = {}, after: Message[] = []): Conversation {
  const messages: Message[] = [{ role: "user", text: "FAULT 500\nRUN earlier" }, { role: "user", text }, ...after];
  return {
    model: "canned",
    stream: false,
    messages,
    tools: ["terminal", "cronjob_manage"],
    schemaName: undefined,
    ...more,
  };
}

describe("the canned model", () => {
  it("echoes what it does not understand", () => {
    expect(decide(asking("hello"), now).answer).toEqual({ kind: "text", text: "echo: hello" });
  });

  it("calls the terminal for RUN, also inside the text that Hermes wraps around it", () => {
    const { answer } = decide(asking("[IMPORTANT: a scheduled job]\n\nRUN echo 'a b'\n"), now);
    expect(answer).toEqual({ kind: "tool", name: "terminal", arguments: '{"command":"echo \'a b\'"}' });
  });

  it("answers with what the tool returned", () => {
    const { answer } = decide(asking("RUN ls", {}, [{ role: "tool", text: '{"output":"x"}' }]), now);
    expect(answer).toEqual({ kind: "text", text: '{"output":"x"}' });
  });

  it("calls no tool that the request does not offer", () => {
    expect(decide(asking("RUN ls", { tools: [] }), now).answer).toEqual({ kind: "text", text: "echo: RUN ls" });
  });

  it("schedules a job once, in minutes by default and at a point in time for seconds", () => {
    const scheduled = (text: string) => {
      const { answer } = decide(asking(text), now);
      return answer.kind === "tool" ? JSON.parse(answer.arguments) : undefined;
    };
    expect(scheduled("SCHEDULE 2 say hi")).toEqual({ action: "create", schedule: "in 2m", prompt: "say hi" });
    expect(scheduled("SCHEDULE 3h say hi")).toMatchObject({ schedule: "in 3h" });
    expect(scheduled("SCHEDULE 90s say hi")).toMatchObject({ schedule: "2026-11-01T12:01:30+00:00" });
  });

  it("calls any tool with the given arguments, and only with JSON", () => {
    expect(decide(asking('TOOL terminal {"command":"id"}'), now).answer).toMatchObject({
      arguments: '{"command":"id"}',
    });
    expect(decide(asking("TOOL terminal {id}"), now).answer).toMatchObject({ kind: "text" });
  });

  it("remembers through Hermes' memory tool, and knows only what the prompt tells it", () => {
    const { answer } = decide(asking("REMEMBER My dog is called Gus.", { tools: ["memory"] }), now);
    const content = "My dog is called Gus.";
    expect(answer).toMatchObject({
      name: "memory",
      arguments: JSON.stringify({ action: "add", target: "memory", content }),
    });
    const asked = (prompt: string) => {
      const messages: Message[] = [
        { role: "system", text: prompt },
        { role: "user", text: "My dog is called Rex." },
        { role: "user", text: "What is my dog called?" },
      ];
      return decide(asking("", { messages }), now).answer;
    };
    expect(asked(`MEMORY\n${content}\n`)).toEqual({ kind: "text", text: "It is called Gus." });
    expect(asked("You are Hermes.")).toEqual({ kind: "text", text: "I do not know what my dog is called." });
  });

  it("goes through Hermes' bridge for a tool that is kept behind it", () => {
    const { answer } = decide(asking("SCHEDULE 1 hi", { tools: ["tool_call"] }), now);
    expect(answer).toMatchObject({ kind: "tool", name: "tool_call" });
    expect(answer.kind === "tool" && JSON.parse(answer.arguments)).toMatchObject({ name: "cronjob_manage" });
  });

  it("titles a session whatever the message says", () => {
    const decision = decide(asking("FAULT 500\nRUN ls", { schemaName: "session_title" }), now);
    expect(decision).toEqual({
      answer: { kind: "text", text: '{"title": "Canned session"}' },
      fault: undefined,
      auxiliary: true,
    });
  });

  it("finds a fault in the last user message only", () => {
    expect(decide(asking("hello"), now).fault).toBeUndefined();
    expect(decide(asking("FAULT slow 2.5 once"), now).fault).toEqual({ word: "slow", seconds: 2.5, once: true });
    expect(decide(asking("FAULT nonsense"), now).fault).toBeUndefined();
  });

  it("documents every fault word", () => {
    const text = readFileSync(new URL("README.md", import.meta.url), "utf8");
    const readme = text.replaceAll("`/v1/messages`", "/v1/messages").replace(/ {2,}/g, " ");
    for (const [word, meaning] of Object.entries(faults)) expect(readme).toContain(`| \`${word}\` | ${meaning} |`);
  });
});
