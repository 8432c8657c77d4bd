/** The PATH of a container whose image names none: Docker's. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Facts that an environment is completed with. */
export interface EnvironmentFacts {
  readonly home: string;
  readonly hostname: string | undefined;
  readonly tty: boolean;
}

/**
 * Puts what programs rely on before what was given: PATH, HOME, HOSTNAME where it is known, TERM for a terminal.
 * Of several values of one name the last stays, at the place of the first. What has no name is left out.
 */
export function completeEnvironment(env: readonly string[], facts: EnvironmentFacts): string[] {
  const values = new Map<string, string>([['PATH', DEFAULT_PATH]]);
  if (facts.hostname !== undefined) values.set('HOSTNAME', facts.hostname);
  if (facts.tty) values.set('TERM', 'xterm');
  values.set('HOME', facts.home);
  for (const entry of env) {
    const equals = entry.indexOf('=');
    if (equals > 0 && !entry.includes('\0')) values.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return [...values].map(([name, value]) => `${name}=${value}`);
}
