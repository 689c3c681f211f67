/**
 * The keys with which Access signs what it says of a caller: the next one, which is told beforehand, the current one, and the
 * one before, which stays valid until the next rotation (the platform's for a week).
 */
import { randomUUID } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, jwtVerify, SignJWT } from "jose";

const algorithm = "RS256";

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

interface Keys {
  readonly next: Key;
  readonly current: Key;
  readonly previous?: Key;
}

/** The keys of one team. They live as long as the process: a restart is a rotation, too. */
export class TeamKeys {
  readonly #issuer: () => string;
  #keys: Promise<Keys> | undefined;

  constructor(issuer: () => string) {
    this.#issuer = issuer;
  }

  /** What `/cdn-cgi/access/certs` answers. */
  async jwks(): Promise<{ readonly keys: readonly JWK[] }> {
    return { keys: inUse(await this.#all()).map(({ jwk }) => jwk) };
  }

  /** Signs with the next key from now on. */
  async rotate(): Promise<void> {
    const { next, current } = await this.#all();
    this.#keys = newKey().then((fresh) => ({ next: fresh, current: next, previous: current }));
    await this.#keys;
  }

  /** A token of this team for one application. */
  async sign(claims: JWTPayload, audience: string, seconds: number): Promise<string> {
    const { kid, privateKey } = (await this.#all()).current;
    return await new SignJWT({ ...claims, type: "app" })
      .setProtectedHeader({ alg: algorithm, kid, typ: "JWT" })
      .setIssuer(this.#issuer())
      .setAudience([audience])
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000 + seconds))
      .sign(privateKey);
  }

  /** Whether the team signed this token for the application, and it is not over. */
  async isValid(token: string, audience: string): Promise<boolean> {
    for (const key of inUse(await this.#all())) {
      const options = { algorithms: [algorithm], issuer: this.#issuer(), audience };
      const valid = await jwtVerify(token, key.publicKey, options).then(
        () => true,
        () => false, // forged, over, or of another key: the caller is asked to log in
      );
      if (valid) return true;
    }
    return false;
  }

  #all(): Promise<Keys> {
    this.#keys ??= Promise.all([newKey(), newKey()]).then(([next, current]) => ({ next, current }));
    return this.#keys;
  }
}

function inUse({ next, current, previous }: Keys): Key[] {
  return previous === undefined ? [next, current] : [next, current, previous];
}

async function newKey(): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const kid = randomUUID();
  return { kid, publicKey, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" } };
}
