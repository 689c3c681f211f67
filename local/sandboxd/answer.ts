/** How answers are written: JSON, faults and the two bare refusals. */
import type { OutgoingHttpHeader, ServerResponse } from "node:http";
import type { Fault } from "./fault.ts";

/** The real server adds its CORS headers twice to every routed answer; so do we. */
export const corsHeaders: Readonly<Record<string, OutgoingHttpHeader>> = {
  "access-control-allow-origin": ["*", "*"],
  "access-control-allow-methods": twice("GET, POST, PUT, DELETE, OPTIONS"),
  "access-control-allow-headers": twice("Content-Type, Authorization, X-Session-Id, X-Sandbox-Id, X-Trace-Id"),
};

/** `fields` with `success` and `timestamp`, the form of nearly every success. */
export function ok(fields: object): object {
  return { success: true, ...fields, timestamp: new Date().toISOString() };
}

/** Sends a JSON answer. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  sendText(response, status, "application/json", JSON.stringify(body));
}

/** Sends a fault as its JSON answer. */
export function sendFault(response: ServerResponse, fault: Fault): void {
  sendJson(response, fault.status, fault.toBody());
}

/** Sends a text with CORS headers. */
export function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...corsHeaders, "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** Methods that the real server has no route table for. HEAD gets a body too, which strict clients refuse. */
export function refuseMethod(response: ServerResponse): void {
  const text = "Internal Server Error";
  response.socket?.end(
    `HTTP/1.1 500 ${text}\r\nContent-Type: text/plain;charset=utf-8\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  );
}

/** A body over the limit: nothing is read, the connection ends. */
export function refuseBody(response: ServerResponse): void {
  response.writeHead(413, { connection: "close", "content-length": 0 });
  response.end(() => response.socket?.destroySoon());
}

function twice(value: string): string[] {
  return [value, value];
}
