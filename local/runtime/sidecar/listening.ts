/** State LISTEN in /proc/net/tcp. */
const listening = "0A";

/** Whether the text of /proc/net/tcp shows a listener on 127.0.0.1:`port`. */
export function listensOnLocalhost(table: string, port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").some((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1] === local && fields[3] === listening;
  });
}
