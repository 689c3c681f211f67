/** What runs in the containers of a stage: the process engine's own programs, with the torture between them and the world. */
import path from "node:path";
import { imagePrograms } from "../../local/runtime/images.ts";
import type { ProgramOf } from "../../local/runtime/program.ts";
import type { Tools } from "./tools.ts";

export interface ProgramOptions {
  /** Shell word for the address through the door. */
  readonly through: string;
  /** Folder in which steps are held. */
  readonly control: string;
  readonly diskMb: number | undefined;
  readonly sandboxd: string;
  readonly copy: string;
}

/** The programs of the process engine, with the door in between, steps that can be held, and the stand-in first on PATH. */
export function programs(
  { venv, restic }: Tools,
  { through, control, diskMb, sandboxd, copy }: ProgramOptions,
): ProgramOf {
  const here = path.join(import.meta.dirname, "container");
  const known = imagePrograms({
    node: process.execPath,
    sandboxd,
    hermes: { venv, restic },
    checkout: copy,
  });
  const disk = diskMb === undefined ? "" : `mount -t tmpfs -o size=${diskMb}m tmpfs "$HOME/.." && mkdir -p "$HOME" && `;
  const script = `${disk}TALARIA_URL="${through}" exec "$@"`;
  const shell = [
    ...(diskMb === undefined ? [] : ["unshare", "-m", "--propagation", "private"]),
    "sh",
    "-c",
    script,
    "sh",
  ];
  return (reference) => {
    const program = known(reference);
    if (program === undefined || !/hermes|care/.test(reference)) return program;
    return {
      ...program,
      command: [...shell, ...program.command],
      env: (folders) => {
        const env = program.env(folders);
        return {
          ...env,
          PATH: `${path.join(here, "bin")}:${env.PATH}`,
          PYTHONPATH: `${path.join(here, "hooks")}:${env.PYTHONPATH}`,
          TORTURE_CONTROL: control,
          ...(reference.includes("care") ? {} : { TORTURE_AGENT: control }),
        };
      },
    };
  };
}
