/** Waits for a started sidecar: workerd would give it two seconds, which a machine under load may need for a start. */
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { sidecarPort } from "../containerName.ts";
import type { DockerClient } from "./dockerClient.ts";

const withinMs = 20_000;

const inspectSchema = z.object({
  State: z.object({ Running: z.boolean() }),
  NetworkSettings: z.object({ Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()) }),
});

/** Resolves when the sidecar answers, has ended, or took too long: then workerd's own call meets what is wrong. */
export async function sidecarReady(docker: DockerClient, id: string): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await pause(20)) {
    const answer = await docker.call({ method: "GET", path: `/containers/${id}/json` });
    if (answer.status !== 200) return;
    const { State, NetworkSettings } = inspectSchema.parse(JSON.parse(answer.body.toString()));
    const [published] = NetworkSettings.Ports[sidecarPort] ?? [];
    if (!State.Running || (published && (await answers(Number(published.HostPort))))) return;
  }
}

/** Any answer counts. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host: "127.0.0.1", port, path: "/ca", agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on("timeout", () => request.destroy()).on("error", () => resolve(false));
  });
}
