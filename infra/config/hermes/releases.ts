/** Which Hermes the image gets: versions whose hash is known, and any other one of PyPI by a hash that the stack names. */
import { versions } from "../../versions.ts";

/** Where a version comes from, and the SHA-256 of what is downloaded. */
interface Release {
  readonly source: string;
  readonly sha256: string;
}

/** Versions that Talaria was tried with; the one of `infra/versions.ts` is what the Dockerfile takes by itself. */
export const releases: Readonly<Record<string, Release>> = {
  "0.21.5": {
    source: "https://github.com/NousResearch/hermes-agent/archive/refs/tags/v2026.9.24.tar.gz",
    sha256: "babbdb9706ad1c96708d75914afb45d809cd4b73dec1ceae233a6814f5ed97e3",
  },
};

/** The keys of a stack, as they were read. */
export interface ReleaseKeys {
  readonly hermesVersion?: string | undefined;
  readonly hermesSha256?: string | undefined;
  readonly baseImage?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
}

/** The version that the image holds. */
export function hermesVersionOf({ hermesVersion, buildArgs }: ReleaseKeys): string {
  return hermesVersion ?? buildArgs?.HERMES_VERSION ?? versions.hermes;
}

/** Build arguments of the image `hermes`; none for what its Dockerfile takes by itself. */
export function releaseArgs({ hermesVersion, hermesSha256 }: ReleaseKeys): Record<string, string> {
  if (hermesVersion === undefined || hermesVersion === versions.hermes) return {};
  const known = releases[hermesVersion];
  return {
    HERMES_VERSION: hermesVersion,
    HERMES_SOURCE: known?.source ?? `pypi:hermes-agent==${hermesVersion}`,
    HERMES_SHA256: known?.sha256 ?? hermesSha256 ?? "",
  };
}

/** A contradiction, and what mends it. */
export interface ReleaseProblem {
  readonly key: string;
  readonly reason: string;
  readonly next: readonly string[];
}

/** What is wrong with the versions of a stack. */
export function releaseProblems(keys: ReleaseKeys, set: (key: string, value: string) => string): ReleaseProblem[] {
  const { hermesVersion, hermesSha256, baseImage, buildArgs = {} } = keys;
  const found: ReleaseProblem[] = [];
  const known = hermesVersion === undefined ? undefined : releases[hermesVersion];
  if (hermesVersion === undefined && hermesSha256 !== undefined) {
    const next = [set("hermesVersion", "<version>")];
    found.push({ key: "hermesSha256", reason: "is set without talaria:hermesVersion, which it belongs to.", next });
  }
  if (hermesVersion !== undefined && known === undefined && hermesSha256 === undefined) {
    const reason = `"${hermesVersion}" is none of the versions whose hash Talaria knows (${Object.keys(releases).join(", ")}).`;
    const words = "Name the SHA-256 of its wheel on PyPI (pip download --no-deps, then sha256sum):";
    found.push({ key: "hermesVersion", reason, next: [words, set("hermesSha256", "<64 hex digits>")] });
  }
  if (known !== undefined && hermesSha256 !== undefined && known.sha256 !== hermesSha256) {
    const reason = `is not the hash of Hermes ${hermesVersion}, which Talaria knows: ${known.sha256}.`;
    found.push({ key: "hermesSha256", reason, next: ["pulumi config rm talaria:hermesSha256"] });
  }
  const twice = (argument: string, key: string) => {
    const next = [`pulumi config rm --path talaria:buildArgs.${argument}`];
    found.push({ key: `buildArgs.${argument}`, reason: `is also talaria:${key}; a stack has one of them.`, next });
  };
  if (hermesVersion !== undefined)
    for (const name of ["HERMES_VERSION", "HERMES_SHA256"]) if (name in buildArgs) twice(name, "hermesVersion");
  if (baseImage !== undefined && "BASE_IMAGE" in buildArgs) twice("BASE_IMAGE", "baseImage");
  return found;
}
