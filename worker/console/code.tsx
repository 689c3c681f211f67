/** A sentence in which what stands between two backticks is something to type. */
export function Code({ text }: { readonly text: string }) {
  return <>{text.split("`").map((piece, n) => (n % 2 === 1 ? <code>{piece}</code> : piece))}</>;
}
