import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Metadata } from '../src/metadata/metadata.ts';
import type { Table } from '../src/metadata/table.ts';
import { StoreError } from '../src/store-error.ts';
import { scratchFolder } from './support/opened-store.ts';

interface OpenedTable {
  readonly metadata: Metadata;
  readonly table: Table<string>;
}

function openedTable(folder: string): OpenedTable {
  const metadata = Metadata.open(folder);
  onTestFinished(() => metadata.close());
  return { metadata, table: metadata.opening(() => metadata.table<string>('texts')) };
}

/** Changes wait for the disk in this thread where one is expected, and else in another. */
describe.each([0, 1, 2])('a change while %i are expected', (expected) => {
  function opened(folder: string = join(scratchFolder(), 'db')): OpenedTable & { readonly folder: string } {
    const { metadata, table } = openedTable(folder);
    for (let count = 0; count < expected; count += 1) metadata.expect();
    return { metadata, table, folder };
  }

  it('is seen by another opener, and by readers of the same turn, when it is made', async () => {
    const { metadata, table, folder } = opened();
    const other = openedTable(folder);
    expect(table.get('a')).toBeUndefined();
    expect(await metadata.change(() => table.put('a', 'text'))).toBeUndefined();
    expect(table.get('a')).toBe('text');
    other.metadata.refresh();
    expect(other.table.get('a')).toBe('text');
  });

  it('gives what its action returns or throws, and the next one is made', async () => {
    const { metadata, table } = opened();
    const refusal = new StoreError('NAME_IN_USE', 'No.');
    const refuse = () => {
      throw refusal;
    };
    await expect(metadata.change(refuse)).rejects.toBe(refusal);
    expect(await metadata.change(() => 7)).toBe(7);
    await metadata.change(() => table.put('b', 'text'));
    expect(table.get('b')).toBe('text');
  });

  it('sees what the one before it wrote, however many are asked for at once', async () => {
    const { metadata, table } = opened();
    const add = () => metadata.change(() => table.put('count', `${Number(table.get('count') ?? '0') + 1}`));
    await Promise.all(Array.from({ length: 50 }, add));
    expect(table.get('count')).toBe('50');
  });

  it('is refused when the store has gone elsewhere', async () => {
    const { metadata, table } = opened();
    await metadata.depart({ to: '/elsewhere', isComplete: true });
    await expect(metadata.change(() => table.put('a', 'text'))).rejects.toMatchObject({ code: 'STORE_MOVED' });
    expect(table.get('a')).toBeUndefined();
  });

  it('leaves the event loop its turns', async () => {
    const { metadata, table } = opened();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    });
    onTestFinished(() => clearInterval(timer));
    const before = performance.now();
    while (performance.now() - before < 50) await metadata.change(() => table.put('a', `${performance.now()}`));
    expect(turns).toBeGreaterThan(0);
  });
});
