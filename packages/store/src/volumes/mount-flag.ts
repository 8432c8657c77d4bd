import { isAbsolute, normalize, resolve } from 'node:path';
import { assertVolumeName } from './volume-name.ts';

/** A volume that is to be seen in a container. */
export interface VolumeRequest {
  readonly kind: 'volume';
  /** `undefined` for an anonymous one, which gets a name of its own. */
  readonly name: string | undefined;
  /** Absolute, in the container. */
  readonly target: string;
  readonly readOnly: boolean;
  /** What the image has at the target is copied into the volume, if that is empty. */
  readonly copy: boolean;
}

/** A folder or file of the host that is to be seen in a container. */
export interface BindRequest {
  readonly kind: 'bind';
  /** Absolute, on the host. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** A source that does not exist is made, as a folder. */
  readonly createSource: boolean;
}

/** What `-v` and `--mount` ask for. */
export type MountRequest = VolumeRequest | BindRequest;

/**
 * Reads `-v` as Docker does: `/path` for an anonymous volume, `name:/path`, `/host/path:/path`, each of those two with `:ro`, `:rw` or
 * `:nocopy`. A source that begins with `.` or `/` is a path of the host, the former beginning at `from`.
 *
 * @throws {TypeError}; {StoreError} `INVALID_NAME`
 */
export function parseVolumeFlag(text: string, from: string): MountRequest {
  const [first = '', second, options = '', ...more] = text.split(':');
  if (more.length > 0) throw new TypeError(`${text} has more than a source, a target and options.`);
  if (second === undefined) return volume(undefined, first, {}, text);
  const flags = readFlags(options, text);
  if (!/^[./]/.test(first)) return volume(assertVolumeName(first), second, flags, text);
  if (flags.copy === false) throw new TypeError(`${text}: nocopy is for volumes.`);
  return bind(resolve(from, first), second, flags.readOnly ?? false, { createSource: true }, text);
}

/**
 * Reads `--mount` as Docker does: `type=volume|bind,source=…,target=…[,readonly][,volume-nocopy]`. A field that has a comma stands in
 * double quotes. The source of a bind must exist.
 *
 * @throws {TypeError}; {StoreError} `INVALID_NAME`
 */
export function parseMountFlag(text: string): MountRequest {
  const fields = readFields(text);
  const type = fields.get('type') ?? 'volume';
  const source = fields.get('source');
  const target = fields.get('target') ?? '';
  const readOnly = readBoolean(fields.get('readonly'), text);
  const nocopy = readBoolean(fields.get('volume-nocopy'), text);
  if (type === 'volume') {
    const name = source === undefined ? undefined : assertVolumeName(source);
    return volume(name, target, { readOnly, copy: !nocopy }, text);
  }
  if (type !== 'bind') throw new TypeError(`${text}: the type is volume or bind.`);
  if (nocopy) throw new TypeError(`${text}: volume-nocopy is for volumes.`);
  if (source === undefined || !isAbsolute(source)) throw new TypeError(`${text}: the source is an absolute path.`);
  return bind(normalize(source), target, readOnly, { createSource: false }, text);
}

interface Flags {
  readonly readOnly?: boolean;
  readonly copy?: boolean;
}

function readFlags(options: string, text: string): Flags {
  let flags: Flags = {};
  for (const option of options.split(',').filter((word) => word !== '')) {
    if (option === 'ro') flags = { ...flags, readOnly: true };
    else if (option === 'nocopy') flags = { ...flags, copy: false };
    else if (option !== 'rw')
      throw new TypeError(`${text}: there is no option ${option}; known are ro, rw and nocopy.`);
  }
  return flags;
}

const NAMES: Readonly<Record<string, string>> = {
  type: 'type',
  source: 'source',
  src: 'source',
  target: 'target',
  dst: 'target',
  destination: 'target',
  readonly: 'readonly',
  ro: 'readonly',
  'volume-nocopy': 'volume-nocopy',
};

/** Comma-separated values after RFC 4180, each of them `key=value` or a key alone. */
function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/gy;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    end = match.index + match[0].length;
    const field = match[1]?.replaceAll('""', '"') ?? match[2] ?? '';
    const [key = '', ...rest] = field.split('=');
    const name = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
    if (name === undefined) throw new TypeError(`${text}: there is no field ${key}.`);
    if (fields.has(name)) throw new TypeError(`${text}: ${name} is said twice.`);
    fields.set(name, rest.length === 0 ? 'true' : rest.join('='));
  }
  if (end !== text.length) throw new TypeError(`${text} is no list of fields.`);
  return fields;
}

function readBoolean(value: string | undefined, text: string): boolean {
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1') return true;
  throw new TypeError(`${text}: ${value} is neither true nor false.`);
}

function volume(name: string | undefined, target: string, flags: Flags, text: string): VolumeRequest {
  const { readOnly = false, copy = true } = flags;
  return { kind: 'volume', name, target: checkTarget(target, text), readOnly, copy };
}

function bind(
  source: string,
  target: string,
  readOnly: boolean,
  { createSource }: Pick<BindRequest, 'createSource'>,
  text: string,
): BindRequest {
  return { kind: 'bind', source, target: checkTarget(target, text), readOnly, createSource };
}

function checkTarget(target: string, text: string): string {
  if (!isAbsolute(target)) throw new TypeError(`${text}: the target is an absolute path.`);
  const normal = normalize(target).replace(/(?<=.)\/+$/, '');
  if (normal === '/') throw new TypeError(`${text}: the target cannot be the root.`);
  if (target.includes('\0')) throw new TypeError('A target cannot have a zero byte.');
  return normal;
}
