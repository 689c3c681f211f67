/** Follows the output files of a session process. */
import fs from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { Listener } from "./command.ts";

const pollMs = 50;

/** Passes on what is appended to two files, from their beginning: an id that is used again sees both outputs. */
export class OutputTail {
  private readonly readers: readonly (() => void)[];
  private readonly timer: NodeJS.Timeout;

  constructor(files: { readonly stdout: string; readonly stderr: string }, listener: Listener) {
    this.readers = [
      appended(files.stdout, (text) => listener.stdout(text)),
      appended(files.stderr, (text) => listener.stderr(text)),
    ];
    this.timer = setInterval(() => this.read(), pollMs);
  }

  /** Reads the rest and stops. */
  finish(): void {
    clearInterval(this.timer);
    this.read();
  }

  private read(): void {
    for (const read of this.readers) read();
  }
}

function appended(file: string, listen: (text: string) => void): () => void {
  const decoder = new StringDecoder("utf8");
  let offset = 0;
  return () => {
    if (!fs.existsSync(file)) return;
    const size = fs.statSync(file).size;
    if (size <= offset) return;
    const chunk = Buffer.alloc(size - offset);
    const fd = fs.openSync(file, "r");
    const length = fs.readSync(fd, chunk, 0, chunk.length, offset);
    fs.closeSync(fd);
    offset += length;
    const text = decoder.write(chunk.subarray(0, length));
    if (text) listen(text);
  };
}
