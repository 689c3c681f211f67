/** What every workerd here is started with: on loopback, on a free port, silent, known to nobody else, without a fetch of `cf`. */
export const privateWorkerd = {
  host: "127.0.0.1",
  port: 0,
  cf: false,
  logRequests: false,
  enableDevRegistry: false,
} as const;
