import { constants } from 'node:os';

/** The signal that is meant by `SIGTERM`, `TERM`, `term` or `15`. @throws {TypeError} */
export function signalNamed(text: string): NodeJS.Signals {
  const upper = text.toUpperCase();
  const wanted = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  for (const [name, number] of Object.entries(constants.signals)) {
    if (name === wanted || String(number) === text) return name as NodeJS.Signals; // The table has just these names.
  }
  throw new TypeError(`There is no signal ${text}.`);
}
