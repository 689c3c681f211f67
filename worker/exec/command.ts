/** What the audit shows of a command. */
import { Buffer } from "node:buffer";

/** Bytes of a command that the audit keeps. */
const shownBytes = 200;
/** Looked at before it is cut: a secret that the cut would halve is still found whole. */
const searchedBytes = 8_192;

/**
 * The first {@link shownBytes} bytes of a command, with secrets masked. The plugin wraps what the model typed; `typed` is shown instead
 * where it stands in the command, as it is or quoted for a shell, and is not believed elsewhere.
 */
export function shownCommand(command: Uint8Array, typed: string | undefined, mask: (text: string) => string): string {
  const decoder = new TextDecoder();
  const beginning = decoder.decode(command.subarray(0, searchedBytes));
  const quoted = (text: string) => text.replaceAll("'", `'\\''`);
  const start = typed?.slice(0, 1_000);
  const whole = start === undefined ? "" : decoder.decode(command);
  const isSaid = start !== undefined && start !== "" && (whole.includes(start) || whole.includes(quoted(start)));
  const bytes = new TextEncoder().encode(mask(isSaid ? (typed ?? "").slice(0, searchedBytes) : beginning));
  // A character that the cut halves is left out.
  return new TextDecoder("utf-8").decode(bytes.subarray(0, shownBytes), { stream: true });
}

/** Bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, "base64");
}
