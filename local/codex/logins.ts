/** Who has logged in at the loopback Codex: user codes, tokens that expire, refresh tokens that are good once. */
import { randomBytes } from "node:crypto";

/** What a token endpoint gives. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

interface Asked {
  readonly device: string;
  readonly code: string;
  approved: boolean;
}

export class Logins {
  private readonly lifeSeconds: number;
  private readonly asked: Asked[] = [];
  private readonly authorizations = new Set<string>();
  private readonly refreshTokens = new Map<string, number>();
  private readonly accessTokens = new Map<string, { readonly expires: number; readonly login: number }>();
  private readonly asking: number[] = [];
  private logins = 0;
  private count = 0;

  /** @param lifeSeconds of an access token */
  constructor(lifeSeconds: number) {
    this.lifeSeconds = lifeSeconds;
  }

  /** A code that a person types. */
  ask(): { device_auth_id: string; user_code: string; interval: string } {
    const letters = randomBytes(8).toString("hex").toUpperCase();
    const asked = {
      device: `deviceauth_${letters}`,
      code: `${letters.slice(0, 4)}-${letters.slice(4, 9)}`,
      approved: false,
    };
    this.asked.push(asked);
    return { device_auth_id: asked.device, user_code: asked.code, interval: "3" };
  }

  /** What the person does in the browser. Returns whether the code is one. */
  approve(code: string): boolean {
    const found = this.asked.find((one) => one.code === code);
    if (found !== undefined) found.approved = true;
    return found !== undefined;
  }

  /** Undefined until the person has approved. */
  poll(device: unknown, code: unknown): { authorization_code: string; code_verifier: string } | undefined {
    const found = this.asked.find((one) => one.device === device && one.code === code);
    if (found?.approved !== true) return undefined;
    const authorization = this.next("ac");
    this.authorizations.add(authorization);
    return { authorization_code: authorization, code_verifier: "verifier" };
  }

  /** For a code of {@link poll}; undefined for one that was used, or none. */
  exchange(authorization: string | null): Tokens | undefined {
    return this.authorizations.delete(authorization ?? "") ? this.tokensOf(++this.logins, this.lifeSeconds) : undefined;
  }

  /** For a refresh token, once. */
  refresh(token: string | null): Tokens | undefined {
    const login = this.refreshTokens.get(token ?? "");
    this.refreshTokens.delete(token ?? "");
    return login === undefined ? undefined : this.tokensOf(login, this.lifeSeconds);
  }

  /** A login of before, whose access token lives so long; it has to be refreshed at once where that is over. */
  before(lifeSeconds = this.lifeSeconds): Tokens {
    return this.tokensOf(++this.logins, lifeSeconds);
  }

  private tokensOf(login: number, lifeSeconds: number): Tokens {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: "https://auth.openai.com",
      exp: now + lifeSeconds,
      jti: this.next("jti"),
      email: "operator@example.com",
      "https://api.openai.com/auth": { chatgpt_account_id: "acc-1", chatgpt_plan_type: "plus" },
    };
    const access = [{ alg: "none" }, claims].map((part) => base64url(JSON.stringify(part)));
    const tokens = {
      access_token: `${access.join(".")}.${base64url("no signature")}`,
      refresh_token: this.next("rt"),
      id_token: `${access.join(".")}.`,
      token_type: "Bearer" as const,
      expires_in: lifeSeconds,
    };
    this.refreshTokens.set(tokens.refresh_token, login);
    this.accessTokens.set(tokens.access_token, { expires: claims.exp, login });
    return tokens;
  }

  /** Whether an access token was issued here and has not expired; what is taken is counted for its login. */
  accepts(token: string | undefined): boolean {
    const known = this.accessTokens.get(token ?? "");
    if (known === undefined || known.expires <= Date.now() / 1000) return false;
    this.asking.push(known.login);
    return true;
  }

  /** Number of the login behind each request that was taken, oldest first; the first login is 1. */
  get taken(): readonly number[] {
    return this.asking;
  }

  private next(kind: string): string {
    return `${kind}-${++this.count}-${randomBytes(18).toString("hex")}`;
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
