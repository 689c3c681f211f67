/** A certificate that signs itself, made anew at each start: its key is never kept. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** PEM texts. The certificate is an authority, too: whoever trusts it alone trusts its servers. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly key: string;
}

const sha256WithEcdsa = oid([1, 2, 840, 10045, 4, 3, 2]);
const dayMs = 86_400_000;

/** Valid for these hosts, from yesterday on for a month. */
export function ownCertificate(hosts: readonly string[]): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const name = sequence(set(sequence(oid([2, 5, 4, 3]), tagged(0x0c, Buffer.from("Talaria stand-in of a login")))));
  const keyId = createHash("sha1").update(spki).digest();
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    sequence(sha256WithEcdsa),
    name,
    sequence(time(Date.now() - dayMs), time(Date.now() + 30 * dayMs)),
    name,
    spki,
    tagged(
      0xa3,
      sequence(
        extension([2, 5, 29, 19], sequence(tagged(0x01, Buffer.from([0xff]))), true),
        extension([2, 5, 29, 14], tagged(0x04, keyId)),
        extension([2, 5, 29, 17], sequence(...hosts.map((host) => tagged(0x82, Buffer.from(host))))),
      ),
    ),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = sequence(body, sequence(sha256WithEcdsa), tagged(0x03, Buffer.from([0]), signature));
  return { certificate: pem(whole), key: String(privateKey.export({ type: "pkcs8", format: "pem" })) };
}

function extension(id: readonly number[], value: Buffer, critical = false): Buffer {
  const flag = critical ? [tagged(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...flag, tagged(0x04, value));
}

/** DER: tag, length, content. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, ...parts);
}

function integer(value: Buffer): Buffer {
  return tagged(0x02, value);
}

function oid([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

/** GeneralizedTime. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, "");
  return tagged(0x18, Buffer.from(digits));
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
