import type { Books } from '../books.ts';
import { StoreError } from '../store-error.ts';
import type { ContainerRow } from './container-row.ts';

/** A container that was asked for. */
export interface FoundContainer {
  readonly id: string;
  readonly row: ContainerRow;
}

/**
 * Finds a container by its name, its id or the start of its id; a name goes first.
 *
 * @throws {StoreError} `CONTAINER_NOT_FOUND`, `AMBIGUOUS_ID`
 */
export function findContainer(books: Books, text: string): FoundContainer {
  const id = books.names.get(text) ?? byStart(books, text);
  const row = id === undefined ? undefined : books.containers.get(id);
  if (id !== undefined && row !== undefined) return { id, row };
  throw new StoreError('CONTAINER_NOT_FOUND', `There is no container ${JSON.stringify(text)}.`, {
    details: { container: text },
  });
}

function byStart(books: Books, text: string): string | undefined {
  if (!/^[0-9a-f]{1,64}$/.test(text)) return undefined;
  const [id, other] = books.containers.keys(text, 2);
  if (other === undefined) return id;
  throw new StoreError('AMBIGUOUS_ID', `More than one container has an id that starts with ${text}.`, {
    hint: 'Write more of it.',
    details: { id: text },
  });
}
