/** Shows how far a transfer is, once it has lasted. */
import { Transform } from "node:stream";
import type { Output } from "./output.ts";
import { size } from "./sizes.ts";

/** Until then nobody wants to know, milliseconds. */
const quietMs = 2000;

/** Counts what flows through it. */
export interface Meter {
  readonly through: Transform;
  /** Bytes so far. */
  readonly passed: () => number;
  /** To be called at the end, however it came. */
  stop(): void;
}

/** A meter that tells `what` it does. @param total bytes, where they are known */
export function metered(output: Output, what: string, total: number | undefined): Meter {
  const began = Date.now();
  let passed = 0;
  const through = new Transform({
    transform(piece: Buffer, _encoding, done) {
      passed += piece.length;
      done(null, piece);
    },
  });
  const ticker = setInterval(() => {
    if (Date.now() - began < quietMs) return;
    output.waiting(`${what} … ${size(passed)}${total === undefined ? "" : ` of ${size(total)}`}`);
  }, 500);
  return {
    through,
    passed: () => passed,
    stop() {
      clearInterval(ticker);
      output.endWaiting();
    },
  };
}
