/** A list as Go prints it, which is how Docker's history has it: `[80/tcp 443/tcp]`. */
export function goList(words: readonly string[]): string {
  return `[${words.join(' ')}]`;
}

/** `CMD ["a" "b"]`: words between quotes, without commas. */
export function commandHistory(keyword: string, args: readonly string[]): string {
  return `${keyword} [${args.map((arg) => JSON.stringify(arg)).join(' ')}]`;
}

/** `RUN |1 VERSION=2 /bin/sh -c make`: the number of ARGs, the ARGs, and the program with its arguments. */
export function runHistory(args: readonly string[], buildArgs: readonly string[]): string {
  const told = buildArgs.length === 0 ? [] : [`|${buildArgs.length}`, ...buildArgs];
  return ['RUN', ...told, ...args].join(' ');
}

/** `COPY --chown=1:1 a b /to/`. */
export function copyHistory(
  keyword: string,
  flags: readonly (readonly [name: string, value: string | null])[],
  sources: readonly string[],
  destination: string,
): string {
  const options = flags.flatMap(([name, value]) => (value === null ? [] : [`--${name}=${value}`]));
  return [keyword, ...options, ...sources, destination].join(' ');
}
