import * as z from "zod";

/** What `talaria-state machine` says of the container. */
export const machineSchema = z.object({
  processes: z.array(
    z.object({
      pid: z.number().int(),
      name: z.string(),
      user: z.string(),
      /** ISO 8601. */
      since: z.string(),
      rssBytes: z.number().int(),
    }),
  ),
  /** What these processes listen on, over TCP. */
  ports: z.array(z.object({ port: z.number().int(), address: z.string(), pid: z.number().int().nullable() })),
  /** Hermes' own configuration and the managed scope above it, as YAML or JSON, without secrets; null where there is none. */
  config: z.object({ user: z.string().nullable(), managed: z.string().nullable() }),
});
export type Machine = z.infer<typeof machineSchema>;

/** The container's programs take secrets out by their keys and shapes; this takes out, by value, those that the Worker knows. */
export function masked({ processes, ports, config }: Machine, mask: (text: string) => string): Machine {
  const text = (one: string | null) => one && mask(one);
  return {
    processes: processes.map((process) => ({ ...process, name: mask(process.name) })),
    ports,
    config: { user: text(config.user), managed: text(config.managed) },
  };
}
