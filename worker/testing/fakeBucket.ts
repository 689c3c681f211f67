import type { Bucket } from "../storage.ts";

interface Stored {
  readonly text: string;
  readonly uploaded: Date;
  readonly customMetadata: Record<string, string>;
}

/** An R2 bucket in memory, as far as the Agent uses one, that can be broken on purpose. The real one runs in the workerd tests. */
export class FakeBucket {
  readonly objects = new Map<string, Stored>();
  /** Operations asked for, as `put talaria/promoted.json`. */
  readonly operations: string[] = [];
  /** When it says so, an operation fails. */
  fails: (operation: string) => boolean = () => false;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** The bucket as the Agent is given it. */
  get asBucket(): Bucket {
    return this as unknown as Bucket;
  }

  /** Puts an object there without counting it. */
  hold(key: string, text = "", customMetadata: Record<string, string> = {}): void {
    this.objects.set(key, { text, uploaded: new Date(this.now()), customMetadata });
  }

  async put(key: string, content: string | ArrayBuffer, options: { customMetadata?: Record<string, string> } = {}) {
    this.ask(`put ${key}`);
    this.hold(key, typeof content === "string" ? content : new TextDecoder().decode(content), options.customMetadata);
    return { key, uploaded: new Date(this.now()) };
  }

  async get(key: string) {
    this.ask(`get ${key}`);
    const found = this.objects.get(key);
    if (found === undefined) return null;
    const arrayBuffer = async () => new TextEncoder().encode(found.text).buffer;
    return { ...found, key, text: async () => found.text, arrayBuffer };
  }

  async head(key: string) {
    this.ask(`head ${key}`);
    const found = this.objects.get(key);
    return found === undefined ? null : { key, uploaded: found.uploaded };
  }

  async list({ prefix }: { prefix: string }) {
    this.ask(`list ${prefix}`);
    const objects = [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, { customMetadata, uploaded }]) => ({ key, customMetadata, uploaded }));
    return { objects, truncated: false };
  }

  async delete(keys: readonly string[]) {
    this.ask(`delete ${keys.join(" ")}`);
    for (const key of keys) this.objects.delete(key);
  }

  private ask(operation: string): void {
    this.operations.push(operation);
    if (this.fails(operation)) throw new Error(`the bucket failed: ${operation}`);
  }
}
