/** What a shell completes after `talaria`, made from the program itself. */
import type { Command } from "commander";

/** Shells that a script can be made for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A command with what may come after it. */
interface Place {
  /** Names on the way to it, such as `exec ls`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly Named[];
  readonly options: readonly Named[];
  /** Values of options, and of its first argument, that are known. */
  readonly values: readonly { readonly after: string; readonly choices: readonly string[] }[];
}

interface Named {
  readonly name: string;
  readonly about: string;
}

/** The script for a shell. `names`: what the program is called by. */
export function completionScript(program: Command, shell: Shell, names: readonly string[]): string {
  const places = placesOf(program, "", globals(program));
  if (shell === "bash") return bash(places, names);
  return shell === "zsh" ? zsh(places, names) : fish(places, names);
}

function globals(program: Command): Named[] {
  return [...program.options.flatMap(({ long, description }) => named(long, description)), ...named("--help", "")];
}

function named(name: string | null | undefined, about: string): Named[] {
  return name ? [{ name, about }] : [];
}

function placesOf(command: Command, path: string, inherited: readonly Named[]): Place[] {
  const own = path === "" ? [] : command.options;
  const options = [...own.flatMap(({ long, description }) => named(long, description)), ...inherited];
  const ofOptions = own.flatMap(({ long, argChoices }) =>
    long && argChoices ? [{ after: long, choices: argChoices }] : [],
  );
  const ofArgument = command.registeredArguments.flatMap(({ argChoices }, index) =>
    argChoices && index === 0 ? [{ after: "", choices: argChoices }] : [],
  );
  const commands = command.commands.map((one) => ({ name: one.name(), about: one.description() }));
  const below = command.commands.flatMap((one) => placesOf(one, `${path} ${one.name()}`.trim(), inherited));
  return [{ path, commands, options, values: [...ofOptions, ...ofArgument] }, ...below];
}

const wordsOf = ({ commands, values }: Place) => [
  ...commands.map(({ name }) => name),
  ...values.filter(({ after }) => after === "").flatMap(({ choices }) => choices),
];
/** Lines of a `case`: options and commands of each place, values after an option. */
const cases = (places: readonly Place[], line: (words: readonly string[]) => string) => ({
  options: places.map((place) => `    "${place.path}") ${line(place.options.map(({ name }) => name))} ;;`).join("\n"),
  words: places
    .filter((place) => wordsOf(place).length > 0)
    .map((place) => `    "${place.path}") ${line(wordsOf(place))} ;;`)
    .join("\n"),
  values: places
    .flatMap(({ path, values }) => values.filter(({ after }) => after !== "").map((one) => ({ path, ...one })))
    .map(({ path, after, choices }) => `    "${path} ${after}") ${line(choices)} ;;`)
    .join("\n"),
});
/** In bash and zsh alike: what is offered after a word, from its option's values, else by whether it begins as an option does. */
const offered = ({ options, words, values }: ReturnType<typeof cases>, before: string, current: string) =>
  `  case "$at ${before}" in
${values}
    *) if [[ ${current} == -* ]]; then
    case "$at" in
${options}
    esac
  else
    case "$at" in
${words}
    esac
  fi ;;
  esac`;
const paths = (places: readonly Place[]) =>
  places.flatMap(({ path }) => (path === "" ? [] : [`"${path}"`])).join(" | ");

function bash(places: readonly Place[], names: readonly string[]): string {
  const choices = cases(places, (all) => `offer="${all.join(" ")}"`);
  return `_talaria() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} at="" offer="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] && return
    case "\${at:+$at }\${COMP_WORDS[i]}" in
      ${paths(places)}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
${offered(choices, "$before", "$cur")}
  COMPREPLY=($(compgen -W "$offer" -- "$cur"))
}
complete -o default -F _talaria ${names.join(" ")}
`;
}

function zsh(places: readonly Place[], names: readonly string[]): string {
  const choices = cases(places, (all) => `offer=(${all.join(" ")})`);
  return `_talaria() {
  local at="" i
  local -a offer
  for ((i = 2; i < CURRENT; i++)); do
    [[ $words[i] == -- ]] && { _files; return }
    case "\${at:+$at }$words[i]" in
      ${paths(places)}) at="\${at:+$at }$words[i]" ;;
    esac
  done
${offered(choices, "$words[CURRENT-1]", "$words[CURRENT]")}
  if (( $#offer )); then compadd -- $offer; else _files; fi
}
compdef _talaria ${names.join(" ")}
`;
}

function fish(places: readonly Place[], names: readonly string[]): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = names.flatMap((name) =>
    places.flatMap((place) => {
      const when = `-c ${name} -n ${quoted(`__talaria_at ${quoted(place.path)}`)}`;
      return [
        ...place.commands.map((one) => `complete ${when} -f -a ${one.name} -d ${quoted(one.about)}`),
        ...place.options.map((one) => {
          const known = place.values.find(({ after }) => after === one.name);
          const values = known ? ` -x -a ${quoted(known.choices.join(" "))}` : "";
          return `complete ${when} -l ${one.name.slice(2)}${values} -d ${quoted(one.about)}`;
        }),
        ...place.values
          .filter(({ after }) => after === "")
          .map(({ choices }) => `complete ${when} -f -a ${quoted(choices.join(" "))}`),
      ];
    }),
  );
  const known = places.flatMap(({ path }) => (path === "" ? [] : [quoted(path)])).join(" ");
  return `function __talaria_at
  set -l at ''
  for word in (commandline -opc)[2..]
    set -l next (string trim -- "$at $word")
    contains -- "$next" ${known}; and set at "$next"
  end
  test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}
