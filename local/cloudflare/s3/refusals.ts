import { filled } from "../../../worker/filled.ts";

/** What the S3 API refuses, in S3's XML. Status, code and message as R2 answers them, as far as that is known. */
const refusals = {
  authorizationMissing: [400, "InvalidArgument", "Authorization"],
  authorizationMalformed: [400, "InvalidRequest", "Please use AWS4-HMAC-SHA256"],
  credentialScope: [
    400,
    "InvalidArgument",
    "Credential must end in <date>/<region>/s3/aws4_request, with the request's own date",
  ],
  payloadHashMissing: [400, "InvalidRequest", "Missing x-amz-content-sha256"],
  dateInvalid: [400, "InvalidArgument", "No date in x-amz-date, or not one that reads YYYYMMDDTHHMMSSZ"],
  timeTooSkewed: [
    403,
    "RequestTimeTooSkewed",
    "The difference between the request time and the server's time is too large.",
  ],
  keyUnknown: [401, "Unauthorized", "Unauthorized"],
  signatureWrong: [
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.",
  ],
  chunkMalformed: [400, "IncompleteBody", "The body is not the chunks that its headers announce"],
  accessDenied: [403, "AccessDenied", "Access Denied"],
  bucketMissing: [404, "NoSuchBucket", "The specified bucket does not exist."],
  notOffered: [501, "NotImplemented", "{what} not implemented"],
  internal: [500, "InternalError", "We encountered an internal error: {why}"],
} as const satisfies Record<string, readonly [status: number, code: string, message: string]>;

/** Name of a refusal in the registry. */
export type S3Refusal = keyof typeof refusals;

/** A refusal on its way to the caller. */
export class S3Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(name: S3Refusal, values: Readonly<Record<string, string>> = {}) {
    const [status, code, template] = refusals[name];
    super(filled(template, values));
    this.status = status;
    this.code = code;
  }
}

/** The answer that a client of S3 reads. */
export function refuse(error: unknown): Response {
  const problem =
    error instanceof S3Problem
      ? error
      : new S3Problem("internal", { why: error instanceof Error ? error.message : String(error) });
  const { code, message, status } = problem;
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  return new Response(body, { status, headers: { "content-type": "application/xml" } });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
