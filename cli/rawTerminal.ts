/** The terminal of whoever types, raw while a shell elsewhere has it. */

/** Rows and columns. */
export interface WindowSize {
  readonly rows: number;
  readonly cols: number;
}

/** The window, or what a program expects where there is none. */
export function windowSize(): WindowSize {
  return { rows: process.stdout.rows || 24, cols: process.stdout.columns || 80 };
}

/**
 * Takes the terminal: every key goes to the shell, Ctrl-C too. The answer gives it back, and may be called again. Where this
 * process ends by itself it is given back as well. Without a terminal on stdin nothing is taken.
 */
export function takeTerminal(): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const giveBack = () => {
    process.off("exit", giveBack);
    stdin.setRawMode(false);
  };
  process.on("exit", giveBack);
  stdin.setRawMode(true);
  return giveBack;
}
