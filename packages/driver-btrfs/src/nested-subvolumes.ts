import { SubvolumeReader, subvolumeInfo } from '@graphdriver/host';

/** Paths inside a layer may be any bytes. */
export type BytePath = Buffer;

/** Tells whether other subvolumes lie inside this one. */
export function hasNested(path: string): boolean {
  return directlyNested(path).length > 0;
}

/** All subvolumes inside one, each before the one that it lies in. */
export function nestedSubvolumes(path: string | BytePath): readonly BytePath[] {
  const direct = directlyNested(path).map((name) => inside(path, name));
  return direct.flatMap((inner) => [...nestedSubvolumes(inner), inner]);
}

/** Those that lie in it and in no other one: their paths (latin1) from its root. */
export function directlyNested(path: string | BytePath): readonly string[] {
  using reader = new SubvolumeReader(path);
  return reader.nestedIn(subvolumeInfo(path).id);
}

/** The path of something in a subvolume, by its path (latin1) from there. */
export function inside(path: string | BytePath, name: string): BytePath {
  return Buffer.concat([Buffer.from(path), Buffer.from(`/${name}`, 'latin1')]);
}
