/** The fields of the key `agent`: Hermes itself: its packages, what it reaches. */
import { z } from "zod";
import { hostPatterns, network } from "./network.ts";
import { debianPackages, pythonPackages } from "./packages.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const agentMeaning =
  "Hermes itself. `extraPackages`, `extraPythonPackages`: packages from Debian and PyPI (image `hermes`). `network`: what it reaches, `none`, `allowlist` or `internet`. `hosts`: the list, such as `api.example.com` or `*.example.com`; Talaria's own services are always on it, and OpenAI's hosts with a model of `openai-codex`.";

export const agentFields = z
  .strictObject({
    extraPackages: debianPackages,
    extraPythonPackages: pythonPackages,
    network,
    hosts: hostPatterns,
  })
  .prefault({});
