import { describe, expect, it } from "vitest";
import { withoutHosts } from "./problem.ts";

describe("a tool's output in a message", () => {
  it("names no host", () => {
    const text = `https://user:pw@mirror.example.org/simple/x: HTTPSConnectionPool(host='mirror.example.org', port=443) lookup mirror.example.org on 10.0.0.1`;
    expect(withoutHosts(text)).not.toContain("mirror.example.org");
  });
});
