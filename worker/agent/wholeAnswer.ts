/** Answers up to this size are read before they are handed on. */
const heldBytes = 10_000_000;

/**
 * Holds an answer in JSON until it is whole: one that breaks half-way becomes an error instead of half an answer.
 * @throws Error when it breaks, or ends before its length
 */
export async function wholeAnswer(response: Response): Promise<Response> {
  const { headers, body } = response;
  const length = headers.get("content-length");
  if (body === null || !headers.get("content-type")?.includes("json") || Number(length ?? 0) > heldBytes)
    return response;
  const bytes = await response.arrayBuffer();
  if (length !== null && bytes.byteLength !== Number(length)) {
    throw new Error(`the answer ended after ${bytes.byteLength} of ${length} bytes`);
  }
  return new Response(bytes, response);
}
