/** The kinds that the stand-in knows: those of our stack, recorded with the real plugin. */
import type { Kind } from "../kind.ts";
import { accountToken } from "./accountToken.ts";
import { aiGateway } from "./aiGateway.ts";
import { dnsRecord } from "./dnsRecord.ts";
import { r2Bucket } from "./r2Bucket.ts";
import { r2BucketLifecycle } from "./r2BucketLifecycle.ts";
import { workersCronTrigger } from "./workersCronTrigger.ts";
import { workersCustomDomain } from "./workersCustomDomain.ts";
import { workersScriptSubdomain } from "./workersScriptSubdomain.ts";
import { zeroTrustAccessApplication } from "./zeroTrustAccessApplication.ts";
import { zeroTrustAccessPolicy } from "./zeroTrustAccessPolicy.ts";
import { zeroTrustAccessServiceToken } from "./zeroTrustAccessServiceToken.ts";

/** Every kind. */
export const kinds: readonly Kind[] = [
  accountToken,
  aiGateway,
  dnsRecord,
  r2Bucket,
  r2BucketLifecycle,
  workersCronTrigger,
  workersCustomDomain,
  workersScriptSubdomain,
  zeroTrustAccessApplication,
  zeroTrustAccessPolicy,
  zeroTrustAccessServiceToken,
];
