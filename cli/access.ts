/** How an operator's requests get through Cloudflare Access, where that stands before the bot. */
import { spawn } from "node:child_process";
import { CliError } from "./problems.ts";

/** Two headers by which a program passes. */
export interface ServiceToken {
  readonly clientId: string;
  readonly clientSecret: string;
}

type Headers = Readonly<Record<string, string>>;

/** What is known that Access takes; a log-in is asked for when Access turns out to stand there. */
export class AccessPass {
  readonly #url: string;
  #headers: Headers | undefined;

  private constructor(url: string, headers: Headers | undefined) {
    this.#url = url;
    this.#headers = headers;
  }

  /** A stack's own service token, or none. */
  static ofStack(url: string, token: ServiceToken | undefined): AccessPass {
    return new AccessPass(url, token && headersOf(token));
  }

  /**
   * TALARIA_ACCESS_CLIENT_ID with TALARIA_ACCESS_CLIENT_SECRET: a service token. TALARIA_ACCESS_TOKEN: what
   * `cloudflared access token` prints.
   */
  static fromEnvironment(url: string, env: Readonly<Record<string, string | undefined>>): AccessPass {
    const { TALARIA_ACCESS_CLIENT_ID: clientId, TALARIA_ACCESS_CLIENT_SECRET: clientSecret } = env;
    if (clientId && clientSecret) return new AccessPass(url, headersOf({ clientId, clientSecret }));
    if (clientId || clientSecret) throw new CliError("accessHalf");
    return new AccessPass(url, env.TALARIA_ACCESS_TOKEN ? sessionOf(env.TALARIA_ACCESS_TOKEN) : undefined);
  }

  /** Goes with every request of an operator; undefined when nothing is known. */
  get headers(): Headers | undefined {
    return this.#headers;
  }

  /** Takes the session of a log-in in the browser from cloudflared. False where there is none. */
  async takeLogIn(): Promise<boolean> {
    const token = await cloudflaredToken(protectedAddress(this.#url));
    if (token !== undefined) this.#headers = sessionOf(token);
    return token !== undefined;
  }

  /** Why Access did not let a request through; undefined when the answer is not of Access. */
  refusal(response: Response): CliError | undefined {
    const { status, headers } = response;
    const sentToLogIn = status === 302 && /\/cdn-cgi\/access\/login/.test(headers.get("location") ?? "");
    const login = protectedAddress(this.#url);
    if (sentToLogIn && this.#headers === undefined) return new CliError("accessLogIn", { url: this.#url, login });
    const ofAccess = status === 403 && !/json/.test(headers.get("content-type") ?? "") && this.#headers !== undefined;
    return sentToLogIn || ofAccess ? new CliError("accessRefused", { url: this.#url, login }) : undefined;
  }
}

/** An address that Access protects: the operator's API. */
function protectedAddress(url: string): string {
  return `${url}/api`;
}

function headersOf({ clientId, clientSecret }: ServiceToken): Headers {
  return { "cf-access-client-id": clientId, "cf-access-client-secret": clientSecret };
}

function sessionOf(token: string): Headers {
  return { "cf-access-token": token.trim() };
}

/** What cloudflared keeps of a log-in; undefined when it is not on PATH or knows of none. */
async function cloudflaredToken(address: string): Promise<string | undefined> {
  const child = spawn("cloudflared", ["access", "token", `-app=${address}`], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null)); // not installed: the refusal says what else there is
    child.once("close", resolve);
  });
  const token = said.trim();
  return code === 0 && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? token : undefined;
}
