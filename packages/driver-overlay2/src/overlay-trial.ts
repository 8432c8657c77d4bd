import { constants, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  changeMode,
  closeFile,
  createFile,
  isErrno,
  type Mounter,
  major,
  makeDirectory,
  minor,
  openFile,
  readXattr,
  removeDirectory,
  renameFile,
  unlinkFile,
  writeBytes,
} from '@graphdriver/host';
import { type OverlayManner, overlayXattr, readOverlayFeatures } from './kernel-features.ts';
import { Overlay2Layout } from './layout.ts';
import { overlayRequest, planOverlay } from './mount-options.ts';

/** What a mounted overlay was seen to do. */
export interface OverlayBehaviour {
  /** A directory that two lower layers have shows the files of both. */
  readonly mergesLowers: boolean;
  /** A change to a lower file landed in the upper directory, data and all, and the lower file stayed as it was. */
  readonly copiesUp: boolean;
  /** A deletion left a character device 0:0 in the upper directory. */
  readonly leavesWhiteouts: boolean;
  /** That device does not show in the mount's directory lists: the file system below reports types of entries. */
  readonly hidesWhiteouts: boolean;
  /** A directory made where one was deleted is marked as opaque. */
  readonly marksOpaque: boolean;
  /** Renaming a lower directory is refused with EXDEV: no redirects are made. Otherwise it works. */
  readonly refusesRedirects: boolean;
  /** A change of mode copied the data too. */
  readonly copiesWholeFiles: boolean;
  /** The kernel keeps no index of what was copied up. */
  readonly keepsNoIndex: boolean;
  /** Files and directories of all layers show the mount's own device number. */
  readonly showsOneDevice: boolean;
  /** A file keeps its inode number when it is copied up. */
  readonly keepsInodes: boolean;
  /** A descriptor opened before a file is copied up reads what is written afterwards: so since Linux 4.19. */
  readonly sharesOpenFiles: boolean;
}

/** What came of a trial. */
export interface OverlayTrial {
  readonly behaviour: OverlayBehaviour;
  /** The kernel took the option `volatile`. */
  readonly volatile: boolean;
}

const TOP = { id: 'top', parents: ['middle', 'bottom'], kind: 'writable' } as const;
const VIEW = { readOnly: false, volatile: false } as const;

/**
 * Mounts a layer on top of two others in `room`, just as the layers of a root with these settings are mounted, and works in the mount.
 *
 * The mount is `volatile` where it can be, lest taking it away waits for all that the host has written to this disk.
 *
 * @throws errno errors and `StorageError`s, of the mount as of what is done in it
 */
export async function tryOverlay(
  room: string,
  mounter: Mounter,
  chosen: Pick<OverlayManner, 'redirects' | 'userxattr'>,
): Promise<OverlayTrial> {
  const layout = new Overlay2Layout(room);
  furnish(layout);
  const merged = layout.merged(TOP.id);
  const manner = await loadedManner(layout, mounter, chosen);
  const volatile = manner.volatile && (await couldMount(layout, mounter, manner));
  if (!volatile) await mounter.mount(overlayRequest(planOverlay(layout, TOP, VIEW, manner), merged));
  const behaviour = workIn(layout, chosen.userxattr);
  await mounter.unmount(merged);
  return { behaviour, volatile };
}

async function couldMount(layout: Overlay2Layout, mounter: Mounter, manner: OverlayManner): Promise<boolean> {
  try {
    const plan = planOverlay(layout, TOP, { ...VIEW, volatile: true }, manner);
    await mounter.mount(overlayRequest(plan, layout.merged(TOP.id)));
    return true;
  } catch {
    return false; // The mount without it will tell whether that was the reason.
  }
}

/** Where overlay is a module, its first mount loads it, and only then does the kernel say what it knows. */
async function loadedManner(
  layout: Overlay2Layout,
  mounter: Mounter,
  chosen: Pick<OverlayManner, 'redirects' | 'userxattr'>,
): Promise<OverlayManner> {
  const manner = { ...readOverlayFeatures(), ...chosen };
  if (manner.present) return manner;
  const committed = planOverlay(layout, { ...TOP, kind: 'committed' }, VIEW, manner);
  await mounter.mount(overlayRequest(committed, layout.merged(TOP.id)));
  await mounter.unmount(layout.merged(TOP.id));
  return { ...readOverlayFeatures(), ...chosen };
}

function furnish(layout: Overlay2Layout): void {
  for (const id of [TOP.id, ...TOP.parents]) {
    makeDirectory(layout.layer(id), 0o700);
    makeDirectory(layout.diff(id));
  }
  makeDirectory(layout.work(TOP.id));
  makeDirectory(layout.merged(TOP.id));
  const [middle, bottom] = [layout.diff('middle'), layout.diff('bottom')];
  // In a directory where nothing is copied up: elsewhere a kernel looks every name up, and finds whiteouts by the way.
  makeDirectory(join(bottom, 'emptied'));
  makeFile(join(bottom, 'emptied', 'deleted'), '');
  for (const name of ['written', 'chmodded']) makeFile(join(bottom, name), name);
  makeDirectory(join(middle, 'replaced'));
  makeDirectory(join(middle, 'renamed'));
  for (const lower of [middle, bottom]) makeDirectory(join(lower, 'merged'));
  makeFile(join(middle, 'merged', 'above'), '');
  makeFile(join(bottom, 'merged', 'below'), '');
}

function workIn(layout: Overlay2Layout, userxattr: boolean): OverlayBehaviour {
  const [view, upper, bottom] = [layout.merged(TOP.id), layout.diff(TOP.id), layout.diff('bottom')];
  const before = lstatSync(join(view, 'written'));
  const seenEarly = readWhileAppending(join(view, 'written'), '!');
  const after = lstatSync(join(view, 'written'));
  changeMode(join(view, 'chmodded'), 0o600);
  unlinkFile(join(view, 'emptied', 'deleted'));
  removeDirectory(join(view, 'replaced'));
  makeDirectory(join(view, 'replaced'));
  const whiteout = lstatSync(join(upper, 'emptied', 'deleted'));
  const opaque = readXattr(join(upper, 'replaced'), overlayXattr('opaque', userxattr));
  return {
    mergesLowers: readdirSync(join(view, 'merged')).length === 2,
    copiesUp: textOf(join(upper, 'written')) === 'written!' && textOf(join(bottom, 'written')) === 'written',
    leavesWhiteouts: whiteout.isCharacterDevice() && major(whiteout.rdev) === 0 && minor(whiteout.rdev) === 0,
    hidesWhiteouts: readdirSync(join(view, 'emptied')).length === 0,
    marksOpaque: opaque?.toString('latin1') === 'y',
    refusesRedirects: refusesRename(join(view, 'renamed'), join(view, 'moved')),
    copiesWholeFiles: readXattr(join(upper, 'chmodded'), overlayXattr('metacopy', userxattr)) === undefined,
    keepsNoIndex: !readdirSync(layout.work(TOP.id)).includes('index'),
    showsOneDevice: after.dev === lstatSync(view).dev && before.dev === after.dev,
    keepsInodes: before.ino === after.ino,
    sharesOpenFiles: seenEarly === 'written!',
  };
}

function refusesRename(from: string, to: string): boolean {
  try {
    renameFile(from, to);
    return false;
  } catch (error) {
    if (isErrno(error, 'EXDEV')) return true;
    throw error;
  }
}

function makeFile(path: string, text: string): void {
  const file = createFile(path, 0o644);
  writeBytes(file, Buffer.from(text));
  closeFile(file);
}

/** Appends through one descriptor, and returns what one that was opened before then reads. */
function readWhileAppending(path: string, text: string): string {
  const early = openFile(path, constants.O_RDONLY);
  try {
    const file = openFile(path, constants.O_WRONLY | constants.O_APPEND);
    try {
      writeBytes(file, Buffer.from(text));
    } finally {
      closeFile(file);
    }
    return readFileSync(early, 'latin1');
  } finally {
    closeFile(early);
  }
}

function textOf(path: string): string {
  return readFileSync(path, 'latin1');
}
