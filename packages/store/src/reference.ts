import { type Digest, isDigest } from './identity/digest.ts';
import { StoreError } from './store-error.ts';

/** How an image is called: a repository, and in it a tag, a digest, or both. */
export interface Reference {
  /** The repository in full, as in `docker.io/library/debian`. */
  readonly name: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
}

const DEFAULT_DOMAIN = 'docker.io';
const DEFAULT_FOLDER = 'library';
const DEFAULT_TAG = 'latest';
const LONGEST_NAME = 255;

const DOMAIN =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const ID = /^[0-9a-f]{64}$/;

/**
 * Reads a reference in the short or full form that people write: `debian`, `acme/base:1.0`, `localhost:5000/x@sha256:…`.
 *
 * A name without a registry is one of docker.io, one without a folder there is in `library`; without tag and digest the tag is `latest`.
 *
 * @throws {StoreError} `INVALID_REFERENCE`
 */
export function parseReference(text: string): Reference {
  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw invalid(text, 'it has two digests');
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, 'its digest is not sha256 and 64 digits');
  const { rest, tag } = splitTag(beforeDigest);
  if (tag !== null && !TAG.test(tag)) throw invalid(text, 'its tag is not 1 to 128 letters, digits, `_`, `.` and `-`');
  const name = fullName(rest, text);
  return { name, tag: tag ?? (digest === undefined ? DEFAULT_TAG : null), digest: digest ?? null };
}

/** The one form in which a reference is kept and compared: `docker.io/library/debian:latest`. */
export function canonicalReference({ name, tag, digest }: Reference): string {
  return `${name}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

/** The form for people, without what everybody assumes: `debian:latest`. */
export function familiarReference(reference: Reference): string {
  return canonicalReference({ ...reference, name: familiarName(reference.name) });
}

/** The repository as people write it: `debian`, `acme/base`, `localhost:5000/x`. */
export function familiarName(name: string): string {
  const start = `${DEFAULT_DOMAIN}/`;
  if (!name.startsWith(start)) return name;
  const path = name.slice(start.length);
  const [folder, last, ...deeper] = path.split('/');
  return folder === DEFAULT_FOLDER && last !== undefined && deeper.length === 0 ? last : path;
}

/** A colon behind the last slash starts a tag; one before it a port. */
function splitTag(text: string): { readonly rest: string; readonly tag: string | null } {
  const colon = text.lastIndexOf(':');
  if (colon === -1 || colon < text.lastIndexOf('/')) return { rest: text, tag: null };
  return { rest: text.slice(0, colon), tag: text.slice(colon + 1) };
}

function fullName(text: string, whole: string): string {
  if (ID.test(text)) throw invalid(whole, 'a name of 64 hexadecimal digits would look like an id');
  const slash = text.indexOf('/');
  const first = slash === -1 ? '' : text.slice(0, slash);
  const hasDomain = /[.:A-Z]/.test(first) || first === 'localhost';
  const domain = hasDomain ? first : DEFAULT_DOMAIN;
  const path = hasDomain ? text.slice(slash + 1) : text;
  if (!DOMAIN.test(domain)) throw invalid(whole, 'its registry is not the name of a host');
  if (!path.split('/').every((component) => COMPONENT.test(component))) {
    throw invalid(whole, 'its name is not lower-case letters and digits, set apart by `/`, `.`, `_`, `__` or `-`');
  }
  const isOfficial = (domain === DEFAULT_DOMAIN || domain === `index.${DEFAULT_DOMAIN}`) && !path.includes('/');
  const name = `${domain === `index.${DEFAULT_DOMAIN}` ? DEFAULT_DOMAIN : domain}/${isOfficial ? `${DEFAULT_FOLDER}/` : ''}${path}`;
  if (name.length > LONGEST_NAME) throw invalid(whole, `its name has more than ${LONGEST_NAME} characters`);
  return name;
}

function invalid(text: string, why: string): StoreError {
  return new StoreError('INVALID_REFERENCE', `${JSON.stringify(text)} is not the name of an image: ${why}.`, {
    hint: 'Names look like debian, acme/base:1.0 or registry.example:5000/team/app@sha256:….',
    details: { reference: text },
  });
}
