import { describe, expect, it } from "vitest";
import { LogFrames, logText } from "./containerLogs.ts";

function frame(text: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

describe("frames of Docker's raw stream", () => {
  it("come out whole, wherever the stream was cut", () => {
    const bytes = Buffer.concat([frame("one"), frame("a line\nand another"), frame("three")]);
    const frames = new LogFrames();
    const out = [...bytes].flatMap((byte) => frames.push(Buffer.from([byte])));
    expect(out.map(String)).toEqual(["one", "a line\nand another", "three"]);
  });

  it("make up the text of a log", () => {
    expect(logText(Buffer.concat([frame("a\n"), frame("b\n")]))).toBe("a\nb\n");
  });
});
