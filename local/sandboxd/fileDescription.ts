/** Size and kind of a file. The real server asks `file --mime-type`; here a short table does, so that no program is needed. */
import fs from "node:fs/promises";

/** What is told about a file before its content. */
export interface FileDescription {
  readonly size: number;
  readonly mimeType: string;
  readonly isBinary: boolean;
}

const sampleBytes = 4096;

const signatures: readonly (readonly [signature: string, mimeType: string])[] = [
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF8", "image/gif"],
  ["%PDF-", "application/pdf"],
  ["PK\x03\x04", "application/zip"],
  ["\x1f\x8b", "application/gzip"],
  ["\x28\xb5\x2f\xfd", "application/zstd"],
  ["\x7fELF", "application/x-executable"],
  ["SQLite format 3\0", "application/vnd.sqlite3"],
  ["#!/bin/sh", "text/x-shellscript"],
  ["#!/bin/bash", "text/x-shellscript"],
  ["<?xml", "text/xml"],
];

/** Describes a file, or nothing if the path leads nowhere or to a folder. A link is described as a link, with its target's size. */
export async function describeFile(file: string): Promise<FileDescription | undefined> {
  const stat = await fs.stat(file).catch(() => undefined); // missing and unreachable are the same answer
  if (!stat || stat.isDirectory()) return undefined;
  const isLink = (await fs.lstat(file)).isSymbolicLink();
  const mimeType = isLink ? "inode/symlink" : stat.size === 0 ? "inode/x-empty" : await mimeTypeOf(file);
  const isText = mimeType.startsWith("text/") || mimeType === "application/json" || mimeType === "inode/x-empty";
  return { size: stat.size, mimeType, isBinary: !isText };
}

async function mimeTypeOf(file: string): Promise<string> {
  const sample = await firstBytes(file);
  const known = signatures.find(([signature]) =>
    sample.subarray(0, signature.length).equals(Buffer.from(signature, "latin1")),
  );
  if (known) return known[1];
  if (!looksLikeText(sample)) return "application/octet-stream";
  return looksLikeJson(sample.toString("utf8")) ? "application/json" : "text/plain";
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await fs.open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sampleBytes), 0, sampleBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function looksLikeText(sample: Buffer): boolean {
  if (sample.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function looksLikeJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  if (text.length >= sampleBytes) return true; // cut off: the first bracket has to do
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
