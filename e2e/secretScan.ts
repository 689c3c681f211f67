/** Looks for a stack's secrets, by value and in the forms that programs write them, in what a run has left in logs and said (I7). */

/** Marks a secret in an exported stack: the engine's own signature. */
const signatureKey = "4dabf18193072939515e22adb298388d";
/** A shorter text is no secret of ours, and too common to look for. */
const shortest = 16;

/**
 * Every secret text in what `pulumi stack export --show-secrets` printed; the parts of one that is JSON. What also stands
 * there in plain is none: an output that is secret as a whole repeats names and ids.
 */
export function secretsIn(exported: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const plain = new Set<string>();
  const walk = (value: unknown, secret: boolean): void => {
    if (typeof value === "string") {
      const inner = secret ? parsedJson(value) : undefined;
      if (typeof inner === "object" && inner !== null) walk(inner, true);
      else if (!secret) plain.add(value);
      else if (value.length >= shortest && !isTime(value) && !isAddress(value)) found.add(value);
    } else if (typeof value === "object" && value !== null) {
      if (signatureKey in value && "plaintext" in value) walk(parsedJson(String(value.plaintext)), true);
      else for (const part of Object.values(value)) walk(part, secret);
    }
  };
  walk(exported, false);
  return new Set([...found].filter((secret) => !plain.has(secret)));
}

/** Which secrets a text holds: plain, as a URL or JSON writes them, or in base64 wherever it began. First and last characters alone. */
export function secretsSaid(text: string, secrets: Iterable<string>): readonly string[] {
  return [...secrets]
    .filter((secret) => forms(secret).some((form) => text.includes(form)))
    .map((secret) => `${secret.slice(0, 18)}…${secret.slice(-2)}`);
}

function forms(secret: string): readonly string[] {
  const written = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  const encoded = [0, 1, 2].flatMap((offset) => {
    const form = base64At(secret, offset);
    return [form, form.replaceAll("+", "-").replaceAll("/", "_"), encodeURIComponent(form)];
  });
  return [...written, ...encoded];
}

/** The part of a base64 text that this secret alone decides, when it begins so many bytes after a multiple of three. */
function base64At(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
  return whole.slice(offset === 0 ? 0 : 4);
}

function isTime(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
}

/** A URL in which nothing can be secret. */
function isAddress(value: string): boolean {
  return /^https?:\/\/[^@?#]+$/.test(value);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // plain text
  }
}
