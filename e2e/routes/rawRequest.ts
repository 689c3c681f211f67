import net from "node:net";

export interface RawRequest {
  /** As it goes over the wire, `GET / HTTP/1.1`: each character one byte. */
  readonly line: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** Sends bytes that no HTTP client sends. The status of the answer; undefined where the connection ends without one. */
export function rawRequest(url: string, { line, headers = [], body = "" }: RawRequest): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  const text = [line, `Host: ${hostname}`, "Connection: close", ...headers, "", body].join("\r\n");
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
      if (answer.includes("\r\n")) socket.destroy();
    });
    socket.on("error", () => {}); // it closes, and that tells
    socket.on("close", () => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
      resolve(status === undefined ? undefined : Number(status));
    });
    socket.write(Buffer.from(text, "latin1"));
  });
}
