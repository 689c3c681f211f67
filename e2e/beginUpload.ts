import http from "node:http";
import type { LocalSystem } from "./harness.ts";

/**
 * The status of the answer to a chat whose body never ends, after so many bytes. Who refuses an upload closes the
 * connection, and whether the answer or the reset is read first is chance: then it is sent again, five times at most.
 */
export async function beginUpload(
  local: LocalSystem,
  bytes: number,
  length: http.OutgoingHttpHeaders,
): Promise<number | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const answered = await uploadOnce(local, bytes, length).catch(() => undefined);
    if (answered !== undefined) return answered;
  }
  return undefined;
}

function uploadOnce(local: LocalSystem, bytes: number, length: http.OutgoingHttpHeaders): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${local.clientToken}`, ...length };
  return new Promise((resolve, reject) => {
    const request = http.request(`${local.url}/v1/chat/completions`, { method: "POST", headers }, (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.on("error", reject); // after the answer it changes nothing
    request.write(`{"messages":[{"role":"user","content":"${"x".repeat(bytes)}`);
  });
}
