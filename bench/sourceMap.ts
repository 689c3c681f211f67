/** Which source each part of a bundle comes from, read off its source map. */
import { z } from "zod";

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const mapSchema = z.object({ sources: z.array(z.string()), mappings: z.string() });

/** Source → its text in the bundle. What is mapped to no source (esbuild's own helpers) stands under "". */
export function textBySource(code: string, sourceMap: string): ReadonlyMap<string, string> {
  const { sources, mappings } = mapSchema.parse(JSON.parse(sourceMap));
  const pieces = new Map<string, string[]>();
  const lines = code.split("\n");
  let source = 0;
  let known = "";
  for (const [number, mapping] of mappings.split(";").entries()) {
    const line = `${lines[number] ?? ""}\n`;
    let column = 0;
    let from = 0;
    for (const segment of mapping
      .split(",")
      .filter((text) => text !== "")
      .map(decode)) {
      column += segment[0] ?? 0;
      add(pieces, known, line.slice(from, column));
      from = column;
      source += segment[1] ?? 0;
      known = segment.length > 1 ? (sources[source] ?? "") : "";
    }
    add(pieces, known, line.slice(from));
  }
  add(pieces, "", lines.slice(mappings.split(";").length).join("\n"));
  return new Map([...pieces].map(([name, texts]) => [name, texts.join("")]));
}

function add(pieces: Map<string, string[]>, source: string, text: string): void {
  const texts = pieces.get(source);
  if (texts) texts.push(text);
  else pieces.set(source, [text]);
}

/** Base64 VLQ: five bits a digit, the sixth says that more follow, the lowest bit of all is the sign. */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = digits.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
