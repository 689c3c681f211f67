/** Docker's raw stream: frames `[stream, 0, 0, 0, length as 4 bytes]`, each followed by its data. */
export class LogFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** Takes bytes as they come. @returns the data of the frames that are whole now */
  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      const end = this.#rest.length < 8 ? Number.POSITIVE_INFINITY : 8 + this.#rest.readUInt32BE(4);
      if (end > this.#rest.length) return frames;
      frames.push(this.#rest.subarray(8, end));
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/** Text of a whole log answer. */
export function logText(body: Buffer): string {
  return Buffer.concat(new LogFrames().push(body)).toString();
}
