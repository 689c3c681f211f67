import { filled } from "../../../worker/filled.ts";

/**
 * The one registry of refusals: status, code and message for each; `{name}` is filled in by the caller.
 * Codes are Cloudflare's own where they are known. Codes 104xx are this API's: there the real code is not known.
 */
const problems = {
  authorizationMissing: [400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"],
  authorizationMalformed: [400, 6003, "Invalid request headers: invalid format for Authorization header"],
  tokenInvalid: [401, 9109, "Invalid access token"],
  tokenUnverifiable: [401, 1000, "Invalid API Token"],
  permissionMissing: [403, 10000, "Authentication error"],
  accountForeign: [403, 9109, "Unauthorized to access requested resource"],
  accountMalformed: [404, 7003, "Could not route to {path}, perhaps your object identifier is invalid?"],
  routeUnknown: [404, 7000, "No route for that URI: {method} {path}"],
  methodUnknown: [405, 10405, "Method not allowed for this URI: {method} {path} (answered: {allowed})"],
  requestInvalid: [400, 10400, "Invalid request: {why}"],
  contentTypeWrong: [415, 10415, "Invalid request: content type {got} where {want} is expected"],
  portInUse: [400, 10411, "{why}"],
  internal: [500, 10013, "An unknown error has occurred in the loopback API: {why}"],

  r2Disabled: [403, 10042, "Please enable R2 through the Cloudflare Dashboard."],
  bucketExists: [409, 10004, "The bucket you tried to create already exists, and you own it."],
  bucketNameInvalid: [400, 10005, "The specified bucket name is not valid."],
  bucketMissing: [404, 10006, "The specified bucket does not exist."],
  bucketNotEmpty: [409, 10008, "The bucket you tried to delete is not empty."],

  tokenMissing: [404, 1003, "Token not found"],
  permissionGroupUnknown: [400, 1001, "Permission group {id} is not a valid permission group"],
  permissionGroupScope: [400, 1001, 'Permission group "{name}" cannot be granted on resource "{resource}"'],

  subdomainMissing: [404, 10007, "workers.api.error.subdomain_not_found"],
  scriptMissing: [404, 10007, "This Worker does not exist on your account."],
  serviceMissing: [404, 10090, "workers.api.error.service_not_found"],
  versionMissing: [404, 100146, "Version not found: {id}"],
  secretMissing: [404, 10056, "Secret not found: {name}"],
  noSuchModule: [400, 10021, 'No such module "{name}": {why}'],
  scriptInvalid: [400, 10021, "{why}"],
  classNotConfigured: [
    400,
    10061,
    "Cannot create binding for class '{className}' because it is not currently configured to implement Durable Objects. Declare it in `exports`.",
  ],
  classStillNeeded: [
    400,
    10064,
    "New version of script does not export class '{className}' which is depended on by existing Durable Objects. Declare it in `exports`, or delete it there with state \"deleted\".",
  ],
  classNotSqlite: [
    400,
    10099,
    "In order to use Durable Objects, class '{className}' must have SQLite storage (`storage: \"sqlite\"`).",
  ],
  bindingBucketMissing: [400, 10085, "R2 bucket '{bucket}' not found. Please use a different name and try again."],
  scriptInUse: [
    400,
    10064,
    'Cannot delete Worker "{name}": container application "{application}" runs its class {className}. Delete the application first, or pass force=true.',
  ],
  classInUse: [
    400,
    10064,
    'Cannot delete class {className}: container application "{application}" runs it. Delete the application first.',
  ],
  cronInvalid: [400, 10100, "invalid cron string: {why}"],
  domainMissing: [404, 100114, "Custom domain not found: {id}"],
  domainOutsideZone: [400, 100117, 'Hostname "{hostname}" is not in zone "{zone}"'],
  zoneMissing: [404, 7003, "Could not route to /zones/{id}, perhaps your object identifier is invalid?"],

  containersNeedPaidPlan: [403, 1101, "Containers are only available on the Workers Paid plan."],
  applicationMissing: [404, 1600, '{"error":"APPLICATION_NOT_FOUND"}'],
  rolloutMissing: [404, 1601, '{"error":"ROLLOUT_NOT_FOUND"}'],
  applicationInvalid: [400, 1000, "{json}"],
  objectHasApplication: [409, 1608, "{json}"],
  registryUnknown: [404, 1404, '{"error":"IMAGE_REGISTRY_NOT_CONFIGURED"}'],

  accessNotEnabled: [403, 9999, "access.api.error.not_enabled: Access is not enabled."],
  destinationTaken: [409, 12130, 'access.api.error.conflict: "{uri}" belongs to the application "{name}"'],

  objectMissing: [404, 10404, "{kind} not found: {id}"],
  objectExists: [409, 10409, "{kind} already exists: {id}"],
} as const satisfies Record<string, readonly [status: number, code: number, message: string]>;

/** Name of a refusal in the registry. */
export type ProblemName = keyof typeof problems;

/** A refusal on its way to the caller. `hint` goes into the envelope's `messages`, which Cloudflare leaves empty. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: number;
  readonly hint: string | undefined;

  constructor(name: ProblemName, values: Readonly<Record<string, string>> = {}, hint?: string) {
    const [status, code, template] = problems[name];
    super(filled(template, values));
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}
