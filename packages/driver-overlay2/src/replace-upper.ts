import { readdirSync } from 'node:fs';
import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { copyTree, exchangeFiles, makeDirectory, removeTree, syncFilesystem } from '@graphdriver/host';

/** Where a layer's directory is, and where its successor is put together. */
export interface UpperPlaces {
  readonly current: string;
  readonly incoming: string;
  /** Told when `incoming` has been made and is still empty: its files inherit what it gets now. */
  readonly cover: () => void;
}

/**
 * Changes a layer's directory all at once: `write` works on a copy, and one exchange of names puts it in place.
 *
 * Until then, after a failure, and after a crash at any moment, the layer is as it was; whatever lies at `incoming` is garbage at all
 * times, before the exchange as after it, and need only be removed.
 * Costs a copy of what the layer has already, and nothing for a fresh one.
 */
export async function replaceUpper<T>(
  places: UpperPlaces,
  options: CallOptions,
  write: (root: string) => Promise<T>,
): Promise<T> {
  await removeTree(places.incoming);
  const fresh = readdirSync(places.current).length === 0;
  makeDirectory(places.incoming, 0o700);
  places.cover();
  await copyTree(places.current, places.incoming, options);
  const result = await write(places.incoming);
  // What the layer's users had synced must not become a copy that a loss of power leaves empty.
  if (!fresh) await syncFilesystem(places.incoming);
  throwIfAborted(options.signal, 'Applying an archive');
  exchangeFiles(places.incoming, places.current);
  // The layer has changed: what cannot be removed now is no failure, and the commit or the next archive tries again.
  const remove = (): Promise<void> => removeTree(places.incoming);
  await remove()
    .catch(remove)
    .catch(() => undefined);
  return result;
}
