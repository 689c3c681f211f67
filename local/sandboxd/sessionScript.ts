/** The scripts that a session's shell reads. Command texts stand in them as they are, so a syntax error ends the shell. */
import type { Command } from "./command.ts";

interface Files {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the shell itself; folder and environment of the call are put back afterwards. */
export function foregroundScript(key: string, command: Command, files: Files): string {
  const names = Object.keys(command.env);
  const into = `</dev/null >${quote(files.stdout)} 2>${quote(files.stderr)} 3>&-`;
  const body = `{\n${command.text || ":"}\n} ${into}\n__sandboxd_code=$?\n`;
  return [
    ...names.map(remember),
    setEnv(command),
    command.cwd === undefined ? body : inFolder(command.cwd, body, into),
    ...names.map(restore),
    `printf 'x ${key} %s\\n' "$__sandboxd_code" >&3\n`,
  ].join("\n");
}

/** Runs a command beside the shell. Whoever leaves the subshell early (`exit`, a signal) never reports an end. */
export function backgroundScript(key: string, command: Command, files: Files): string {
  const into = `</dev/null >>${quote(files.stdout)} 2>>${quote(files.stderr)}`;
  const folder = command.cwd === undefined ? "" : `${cdOrTell(command.cwd)} || exit 1\n`;
  return [
    `(\n${folder}printf 'p ${key} %s\\n' "$BASHPID" >&3`,
    setEnv(command),
    `{\n${command.text}\n} 3>&-`,
    `printf 'x ${key} %s\\n' "$?" >&3`,
    `) ${into} &\n`,
  ].join("\n");
}

function inFolder(cwd: string, body: string, into: string): string {
  return `__sandboxd_back=$PWD\nif ${cdOrTell(cwd)} ${into}; then\n${body}cd "$__sandboxd_back"\nelse __sandboxd_code=1\nfi\n`;
}

function cdOrTell(cwd: string): string {
  return `{ cd ${quote(cwd)} 2>/dev/null || { echo ${quote(`Failed to change directory to '${cwd}'`)} >&2; false; }; }`;
}

function setEnv(command: Command): string {
  const strange = Object.keys(command.env).find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (strange !== undefined) throw new Error(`Invalid environment variable name: ${strange}`);
  return Object.entries(command.env)
    .map(([name, value]) => (value === null ? `unset ${name}` : `export ${name}=${quote(value)}`))
    .join("\n");
}

function remember(name: string): string {
  return `__sandboxd_had_${name}=\${${name}+yes} __sandboxd_was_${name}=\${${name}-}`;
}

function restore(name: string): string {
  const was = `__sandboxd_was_${name}`;
  const had = `__sandboxd_had_${name}`;
  return `if [ -n "$${had}" ]; then export ${name}="$${was}"; else unset ${name}; fi; unset ${had} ${was}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
