/** Reads the name of the host that an HTTP connection means, without taking the bytes from whoever answers it. */
import type { Socket } from "node:net";

/** Longer heads are no HTTP request that we pass on. */
const longest = 64 * 1024;

/** The bytes until the end of the first request's head, as far as they came. @throws Error when no head comes */
export function readHead(socket: Socket): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      socket.pause().off("data", take).off("end", ended).off("close", ended);
      settle();
    };
    const ended = () => done(() => reject(new Error("the connection ended before a request came")));
    const take = (data: Buffer) => {
      head = Buffer.concat([head, data]);
      if (head.includes("\r\n\r\n")) done(() => resolve(head));
      else if (head.length > longest) done(() => reject(new Error("the request's head is too long")));
    };
    socket.on("data", take).on("end", ended).on("close", ended);
  });
}

/** Host of a request's head, in lower case and without port; undefined without a Host line. */
export function hostOf(head: Buffer): string | undefined {
  const line = /^host:[ \t]*(\S+)[ \t]*\r?$/im.exec(head.toString("latin1").split("\r\n\r\n")[0] ?? "")?.[1];
  return line?.toLowerCase().replace(/:\d+$/, "");
}
