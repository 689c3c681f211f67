import { describe, expect, it } from "vitest";
import { checkout } from "../paths.ts";
import { imagePrograms, repositoryName } from "./images.ts";
import type { ContainerFolders } from "./program.ts";

const folders: ContainerFolders = {
  root: "/tmp/t/c",
  home: "/tmp/t/c/home/hermes",
  workspace: "/tmp/t/c/workspace",
  run: "/tmp/t/c/run/talaria",
  managed: "/tmp/t/c/etc/hermes",
  tmp: "/tmp/t/c/tmp",
};
const options = {
  node: "/n/bin/node",
  sandboxd: "/s/index.ts",
  hermes: { venv: "/v", restic: "/r/bin/restic" },
  checkout,
};

describe("images on the process engine", () => {
  it.each([
    ["registry.cloudflare.com/10ca110c/talaria-hermes:process", "talaria-hermes"],
    ["127.0.0.1:5000/care@sha256:abc", "care"],
    ["a/b/exec:1@sha256:abc", "exec"],
    ["hermes", "hermes"],
  ])("read the name of %s", (reference, name) => expect(repositoryName(reference)).toBe(name));

  it("run sandboxd below the image's own init, with Hermes and restic in front of the system for Hermes and care", () => {
    for (const name of ["talaria-hermes:1", "talaria-care:1"]) {
      const program = imagePrograms(options)(name);
      const init = `${checkout}/container/hermes/bin/talaria-init`;
      expect(program?.command).toEqual([init, "/n/bin/node", "/s/index.ts"]);
      expect(program?.ports).toEqual([3000, 3501, 8642, 9119]);
      const env = program?.env(folders);
      expect(env?.PATH).toMatch(/container\/hermes\/bin:.*container\/exec\/bin:\/v\/bin:\/n\/bin:\/r\/bin:/);
      expect(env).toMatchObject({ VIRTUAL_ENV: "/v", SANDBOX_VERSION: "0.12.10" });
    }
  });

  it("run sandboxd for exec, the supervisor beside it, and keep what a command installs in the workspace", () => {
    const program = imagePrograms(options)("registry/x/talaria-exec:process");
    expect(program?.ports).toEqual([3000, 3500]);
    const env = program?.env(folders);
    expect(env?.PATH).toMatch(/container\/exec\/bin:\/tmp\/t\/c\/workspace\/.local\/bin:\/n\/bin:/);
    expect(env).toMatchObject({ HOME: "/tmp/t/c/workspace/.home", PYTHONUSERBASE: "/tmp/t/c/workspace/.local" });
    expect(env).not.toHaveProperty("VIRTUAL_ENV");
  });

  it("know no Hermes without its environment, and nothing else at all", () => {
    expect(imagePrograms({ ...options, hermes: undefined })("hermes:1")).toBeUndefined();
    expect(imagePrograms(options)("docker.io/library/nginx:1")).toBeUndefined();
  });
});
