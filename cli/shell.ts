/** Single quotes hold everything in sh, bash and zsh but a single quote itself. */
export function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
