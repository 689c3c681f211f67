/** A stand-in for a team's Cloudflare Access: an issuer with keys that rotate, asked through `fetch`. */
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { onTestFinished, vi } from "vitest";

/** A key that signs, and what the issuer publishes of it. */
interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly alg: string;
  readonly published: JWK;
}

/** What an assertion says, where it is not as usual. Times are seconds from now. */
export interface Assertion extends JWTPayload {
  readonly expiresIn?: number;
  readonly validIn?: number;
  /** Signed with this key, under its id. */
  readonly key?: SigningKey;
  /** The id that it names instead. */
  readonly kid?: string;
}

export class AccessIssuer {
  readonly issuer: string;
  /** What is published now, the newest first. */
  keys: SigningKey[] = [];
  /** How often the keys were asked for. */
  asked = 0;
  /** Answers instead of the keys. */
  failing: (() => Response) | undefined;

  private constructor(issuer: string) {
    this.issuer = issuer;
  }

  /** An issuer of a name of its own, since its keys are remembered by it; gone after the test. */
  static async start(): Promise<AccessIssuer> {
    const made = new AccessIssuer(`https://${crypto.randomUUID()}.cloudflareaccess.example`);
    made.keys = [await aKey()];
    const real = globalThis.fetch;
    const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      if (String(input) !== `${made.issuer}/cdn-cgi/access/certs`) return real(input, init);
      made.asked += 1;
      return made.failing?.() ?? Response.json({ keys: made.keys.map(({ published }) => published) });
    });
    onTestFinished(() => spy.mockRestore());
    return made;
  }

  async assertion(said: Assertion = {}): Promise<string> {
    const { expiresIn = 300, validIn = -1, key = this.keys[0], kid, ...claims } = said;
    if (key === undefined) throw new Error("the issuer has no key");
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      ...{ aud: ["the-bot"], iss: this.issuer, sub: "1", email: "me@example.com", type: "app" },
      ...{ iat: now - 60, nbf: now + validIn, exp: now + expiresIn, ...claims },
    })
      .setProtectedHeader({ alg: key.alg, kid: kid ?? key.kid })
      .sign(key.privateKey);
  }
}

/** A new key. One of another algorithm is published without saying which it is for. */
export async function aKey(alg = "RS256"): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const kid = crypto.randomUUID();
  const published = { ...(await exportJWK(publicKey)), kid, use: "sig", ...(alg === "RS256" && { alg }) };
  return { kid, alg, privateKey, published };
}
