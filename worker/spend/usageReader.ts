import { saidFields } from "./saidFields.ts";
import { joined, type Reported, reportedIn } from "./tokens.ts";

/** Text of an answer in the events of a stream: words, reasoning, arguments of a tool. */
const said = new RegExp(`"${saidFields}":\\s*"((?:[^"\\\\]|\\\\.)*)"`, "g");
const encoder = new TextEncoder();
/** An answer in one piece that is longer is not read for its tokens. */
const longestAnswer = 16_000_000;

/** Finds what an answer says of its tokens while it passes, and how much text it holds. */
export class UsageReader {
  /** Bytes of text so far, known of an answer in one piece at its end: a token stands for one or more. */
  saidBytes = 0;
  private readonly isStream: boolean;
  private readonly decoder = new TextDecoder();
  private text = "";
  private reported: Reported | undefined;

  constructor(contentType: string | null) {
    this.isStream = contentType?.startsWith("text/event-stream") === true;
  }

  push(bytes: Uint8Array): void {
    if (this.text.length > longestAnswer) return;
    this.text += this.decoder.decode(bytes, { stream: true });
    if (!this.isStream) return;
    const end = this.text.lastIndexOf("\n");
    if (end < 0) return;
    for (const line of this.text.slice(0, end).split("\n")) this.event(line);
    this.text = this.text.slice(end + 1);
  }

  /** What was reported, once there is nothing more to come. */
  end(): Reported | undefined {
    if (this.isStream) this.event(this.text);
    else this.whole(this.text);
    this.text = "";
    return this.reported;
  }

  /** An answer in one piece, or one that does not say that it is a stream. */
  private whole(text: string): void {
    this.read(text);
    if (this.reported !== undefined) return;
    for (const line of text.split("\n")) this.event(line);
    if (this.saidBytes === 0) this.count(text);
  }

  private count(text: string): void {
    for (const [, part = ""] of text.matchAll(said)) this.saidBytes += encoder.encode(part).byteLength;
  }

  private event(line: string): void {
    if (!line.startsWith("data:")) return;
    this.count(line);
    if (line.includes('"usage"')) this.read(line.slice("data:".length));
  }

  private read(json: string): void {
    try {
      this.reported = joined(this.reported, reportedIn(JSON.parse(json)));
    } catch {
      // half of an answer, or none of JSON: it reports nothing, and is counted by its bounds
    }
  }
}
