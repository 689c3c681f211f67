/** The bucket, past the Worker: lists, reads, removes, and spoils. */

/**
 * `GET ?prefix=`: keys and sizes. `GET ?key=`: content. `PUT ?key=`: stores as it is. `DELETE ?key=`.
 * @param {Request} request @param {R2Bucket} bucket
 */
export async function answerBucket(request, bucket) {
  const { searchParams } = new URL(request.url);
  const key = searchParams.get("key");
  if (request.method === "GET" && key === null)
    return Response.json(await list(bucket, searchParams.get("prefix") ?? ""));
  if (key === null) return new Response("no key", { status: 400 });
  if (request.method === "DELETE") {
    await bucket.delete(key);
    return new Response(null, { status: 204 });
  }
  if (request.method === "PUT") {
    const before = await bucket.head(key);
    // Rot does not make an object younger, but this does, and an index younger than what is promoted is shown only where care made it.
    const role = key.startsWith("index/") ? { role: "maintenance" } : {};
    await bucket.put(key, await request.arrayBuffer(), { customMetadata: { ...before?.customMetadata, ...role } });
    return new Response(null, { status: 204 });
  }
  const object = await bucket.get(key);
  return object === null ? new Response("no such object", { status: 404 }) : new Response(object.body);
}

/** @param {R2Bucket} bucket @param {string} prefix */
async function list(bucket, prefix) {
  const found = [];
  let cursor;
  do {
    const page = await bucket.list({ prefix, cursor });
    found.push(...page.objects.map(({ key, size, uploaded }) => ({ key, size, uploaded: uploaded.toISOString() })));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);
  return found;
}
