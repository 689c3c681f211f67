/** The image of Hermes in a stack's configuration. */
import { lastLines, type PulumiRun, runPulumi } from "./pulumi.ts";

const key = ["--path", "talaria:images.hermes"];

/** The reference that the stack names, null where it builds the image itself. */
export async function declaredImage(stack: string): Promise<string | null> {
  const { code, stdout } = await runPulumi(["config", "get", ...key, "--stack", stack]);
  return code === 0 ? stdout.trim() : null;
}

/** Names an image. Returns what went wrong. */
export async function declareImage(stack: string, image: string): Promise<string | undefined> {
  return problemOf(await runPulumi(["config", "set", ...key, image, "--stack", stack]));
}

/** Deploys the stack. Returns what went wrong. */
export async function deploy(stack: string): Promise<string | undefined> {
  return problemOf(await runPulumi(["up", "--yes", "--skip-preview", "--stack", stack], { shown: true }));
}

/** The lines that name an image, or none, and deploy it. */
export function linesToDeploy(stack: string, image: string | null): readonly string[] {
  return [
    image === null
      ? `npm run pulumi -- config rm ${key.join(" ")} --stack ${stack}`
      : `npm run pulumi -- config set ${key.join(" ")} ${image} --stack ${stack}`,
    `npm run pulumi -- up --stack ${stack}`,
  ];
}

function problemOf({ code, stdout, stderr }: PulumiRun): string | undefined {
  return code === 0 ? undefined : lastLines(`${stdout}\n${stderr}`) || `Pulumi ended with ${code}`;
}
