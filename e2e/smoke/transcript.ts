/** The way to the API: the infrastructure's own client, with every call noted for the report and secrets masked by value. */
import { type ApiError, type CallOptions, call } from "../../infra/cloudflare/api.ts";
import { masker } from "../../worker/log.ts";

/** One call as the report shows it. */
export interface NotedCall {
  readonly method: string;
  /** With `:account` in place of the account's id. */
  readonly path: string;
  /** "200", or the refusal's status and codes. */
  readonly outcome: string;
  readonly ms: number;
  /** The answer as JSON, cut. */
  readonly answer: string;
}

/** Longest answer in the report, in characters. */
const longest = 1500;

/** Calls the API and remembers. */
export class Transcript {
  readonly calls: NotedCall[] = [];
  readonly #baseUrl: string;
  readonly #token: string;
  readonly #accountId: string;
  readonly #secrets = new Set<string>();

  constructor(settings: { readonly apiBaseUrl: string; readonly apiToken: string; readonly accountId: string }) {
    this.#baseUrl = settings.apiBaseUrl;
    this.#token = settings.apiToken;
    this.#accountId = settings.accountId;
    this.hide(settings.apiToken);
  }

  /** Masks a value in everything that is printed or written from now on. */
  hide(secret: string): void {
    this.#secrets.add(secret);
  }

  /** A text without secrets and without the account's id. */
  clean(text: string): string {
    return masker([...this.#secrets])(text).replaceAll(this.#accountId, ":account");
  }

  /**
   * Calls the API; `:account` in the path is the account's id.
   * @param token another token than the run's own
   * @throws ApiError
   */
  async call(method: string, path: string, options: CallOptions = {}, token = this.#token): Promise<unknown> {
    const began = performance.now();
    const note = (outcome: string, answer: unknown) => {
      const text = typeof answer === "string" ? answer : (JSON.stringify(answer) ?? "");
      this.calls.push({ method, path, outcome, ms: Math.round(performance.now() - began), answer: text });
    };
    try {
      const connection = { baseUrl: this.#baseUrl, token };
      const result = await call(connection, method, path.replace(":account", this.#accountId), options);
      note("accepted", result);
      return result;
    } catch (error) {
      const { status = 0, codes = [], message } = error as Partial<ApiError>;
      note(`${status || "no answer"}${codes.length > 0 ? ` (${codes.join(", ")})` : ""}`, message);
      throw error;
    }
  }

  /** Notes a request that did not go to the API: to the registry, or to the fixture. */
  note(method: string, where: string, outcome: string, ms: number): void {
    this.calls.push({ method, path: where, outcome, ms, answer: "" });
  }

  /** The calls since a mark, masked; secrets that became known later are masked in them too. */
  since(mark: number): NotedCall[] {
    return this.calls.slice(mark).map((one) => ({
      ...one,
      path: this.clean(one.path),
      answer: cut(this.clean(one.answer)),
    }));
  }
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}
