import { describe, expect, it } from "vitest";
import { amzTime, authorization, chunkSignature, signatureOf } from "./signature.ts";

/** The example requests of AWS' own documentation of Signature Version 4 for S3, with their signatures. */
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function example(method: string, to: string, payloadHash: string, more: Readonly<Record<string, string>> = {}) {
  const host = "examplebucket.s3.amazonaws.com";
  const time = "20130524T000000Z";
  const headers = new Headers({ host, "x-amz-content-sha256": payloadHash, "x-amz-date": time, ...more });
  const signedHeaders = [...headers.keys()].sort();
  return {
    method,
    url: new URL(`https://${host}${to}`),
    headers,
    signedHeaders,
    time,
    region: "us-east-1",
    payloadHash,
  };
}

describe("a signature", () => {
  it.each([
    {
      what: "an object with a range",
      request: example("GET", "/test.txt", empty, { range: "bytes=0-9" }),
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
    {
      what: "an upload whose key needs encoding",
      request: example("PUT", "/test%24file.text", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", {
        date: "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
      }),
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    },
    {
      what: "a query without a value",
      request: example("GET", "/?lifecycle", empty),
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    },
    {
      what: "a list",
      request: example("GET", "/?max-keys=2&prefix=J", empty),
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    },
  ])("of $what is the one that AWS documents", ({ request, signature }) => {
    expect(signatureOf(request, secret)).toBe(signature);
  });

  it("of a chunk hangs on the one before, as AWS documents it", () => {
    const host = "s3.amazonaws.com";
    const headers = new Headers({
      "content-encoding": "aws-chunked",
      "content-length": "66824",
      host,
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-date": "20130524T000000Z",
      "x-amz-decoded-content-length": "66560",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
    });
    const request = {
      ...example("PUT", "/examplebucket/chunkObject.txt", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
      url: new URL(`https://${host}/examplebucket/chunkObject.txt`),
      headers,
      signedHeaders: [...headers.keys()].sort(),
    };
    const chain = [signatureOf(request, secret)];
    for (const size of [65536, 1024, 0])
      chain.push(chunkSignature(request, secret, chain.at(-1) ?? "", Buffer.alloc(size, "a")));
    expect(chain).toEqual([
      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
      "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
      "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]);
  });

  it("does not depend on the order of the query", () => {
    const [one, two] = ["/?prefix=J&max-keys=2", "/?max-keys=2&prefix=J"].map((to) => example("GET", to, empty));
    expect(one && signatureOf(one, secret)).toBe(two && signatureOf(two, secret));
  });

  it("travels with its scope and the names of what it covers", () => {
    const header = authorization(example("GET", "/test.txt", empty), "KEY", secret);
    expect(header).toMatch(
      /^AWS4-HMAC-SHA256 Credential=KEY\/20130524\/us-east-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    expect(amzTime(new Date("2013-05-24T00:00:00.123Z"))).toBe("20130524T000000Z");
  });
});
