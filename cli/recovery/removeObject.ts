/** Removes one object of a bucket over S3 (signature version 4). */
import { createHash, createHmac } from "node:crypto";
import { reasonOf } from "../client.ts";
import { CliError } from "../problems.ts";
import type { RecoveryKeys, RecoveryPlace } from "./place.ts";

const region = "auto";
const emptyBody = createHash("sha256").update("").digest("hex");

/** An object that is not there is removed already. `now`: for the signature. */
export async function removeObject(
  { endpoint, bucket }: RecoveryPlace,
  keys: RecoveryKeys,
  key: string,
  now: Date = new Date(),
): Promise<void> {
  const url = new URL(`${endpoint}/${bucket}/${key}`);
  const answer = await fetch(url, { method: "DELETE", headers: signed(url, keys, now) }).catch((error: unknown) => {
    throw new CliError("objectStays", { key, detail: reasonOf(error) });
  });
  await answer.body?.cancel();
  if (!answer.ok && answer.status !== 404) throw new CliError("objectStays", { key, detail: `HTTP ${answer.status}` });
}

/** The headers of a DELETE without a body. */
function signed({ host, pathname }: URL, { accessKeyId, secretAccessKey }: RecoveryKeys, now: Date) {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const names = "host;x-amz-content-sha256;x-amz-date";
  const headers = `host:${host}\nx-amz-content-sha256:${emptyBody}\nx-amz-date:${time}\n`;
  const request = ["DELETE", pathname, "", headers, names, emptyBody].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(request).digest("hex")].join("\n");
  const key = scope.split("/").reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, toSign).toString("hex");
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    "x-amz-content-sha256": emptyBody,
    "x-amz-date": time,
  };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
