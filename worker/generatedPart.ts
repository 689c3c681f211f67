/** The part of a page, between two marks, that a program writes. */

/** Which part of which page. */
export interface Part {
  /** The page, as a person calls it. */
  readonly file: string;
  readonly begin: string;
  readonly end: string;
}

/** The page with that part replaced. @throws Error when the marks are missing */
export function withPart(page: string, part: Part, text: string): string {
  const [from, to] = boundsOf(page, part);
  return `${page.slice(0, from)}\n\n${text}\n\n${page.slice(to)}`;
}

/** That part as the page has it. @throws Error when the marks are missing */
export function partOf(page: string, part: Part): string {
  return page.slice(...boundsOf(page, part)).trim();
}

function boundsOf(page: string, { file, begin, end }: Part): [from: number, to: number] {
  const [at, to] = [page.indexOf(begin), page.indexOf(end)];
  if (at < 0 || to < at) throw new Error(`${file} lacks the marks ${begin} … ${end}`);
  return [at + begin.length, to];
}
