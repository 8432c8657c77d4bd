const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes as Docker prints them: powers of 1000 and three digits, as in `12.3MB`. */
export function humanSize(bytes: number, digits = 3): string {
  let value = bytes;
  let unit = 0;
  while (Number(value.toPrecision(digits)) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(digits))}${UNITS[unit]}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time as Docker prints it, by its largest unit: `About a minute`, `47 hours`, `3 weeks`. */
export function humanDuration(milliseconds: number): string {
  const whole = (unit: number): number => Math.floor(milliseconds / unit);
  if (milliseconds < SECOND) return 'Less than a second';
  if (milliseconds < 2 * SECOND) return '1 second';
  if (milliseconds < MINUTE) return `${whole(SECOND)} seconds`;
  if (milliseconds < 2 * MINUTE) return 'About a minute';
  if (milliseconds < HOUR) return `${whole(MINUTE)} minutes`;
  // Docker rounds hours, and nothing else.
  const hours = Math.round(milliseconds / HOUR);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 14) return `${whole(DAY)} days`;
  if (hours < 24 * 60) return `${whole(7 * DAY)} weeks`;
  if (hours < 24 * 730) return `${whole(30 * DAY)} months`;
  return `${whole(365 * DAY)} years`;
}

/** How long ago a time was, as in `2 hours ago`; `N/A` where it is not known. */
export function ago(time: string | null, now: number = Date.now()): string {
  return time === null ? 'N/A' : `${humanDuration(Math.max(0, now - Date.parse(time)))} ago`;
}

/** The twelve digits by which people know an image or a container. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** Text cut to a width, with an ellipsis where something was cut off. */
export function ellipsis(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
