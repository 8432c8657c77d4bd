import { type LayerFile, StorageError, throwIfAborted } from '@graphdriver/core';
import { closeFile } from '@graphdriver/host';
import type { OpenView } from './diff-source.ts';
import { type OpenedFile, openFileAt, readPieceAsync } from './read-file.ts';
import type { BytePath } from './tree.ts';

const CHUNK = 256 * 1024;
const LONGEST_PATH = 4095;

/**
 * Opens a regular file of a view. The file takes the view over and disposes of it when it is closed.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`
 */
export function openFileIn(view: OpenView, path: BytePath, signal: AbortSignal | undefined): LayerFile {
  const node = view.tree.node(path);
  const file = node?.type === 'file' ? openFileAt(node.location) : undefined;
  if (file === undefined) throw fileNotFound(path);
  return new ViewFile(view, file, signal);
}

/**
 * Turns the path of a file as callers write it, absolute inside the layer, into a path of the tree.
 *
 * @throws {TypeError} for what is neither text nor bytes
 * @throws {StorageError} `FILE_NOT_FOUND` for what names no file: the root, `..`, a slash at the end, a NUL, over 4095 bytes
 */
export function filePathOf(path: string | Uint8Array): BytePath {
  const isPath = typeof path === 'string' || path instanceof Uint8Array;
  if (!isPath) throw new TypeError('A path is a string or a Uint8Array.');
  const text = Buffer.from(path).toString('latin1');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || text.length > LONGEST_PATH || parts.includes('..') || /\0|\/\.?$/.test(text))
    throw fileNotFound(text);
  return parts.join('/');
}

function fileNotFound(path: BytePath): StorageError {
  const shown = `/${Buffer.from(path, 'latin1').toString().replace(/^\/+/, '')}`;
  return new StorageError('FILE_NOT_FOUND', `The layer has no regular file ${shown}.`, {
    hint: 'Symbolic links are not followed, in no part of a path.',
    details: { path: shown },
  });
}

class ViewFile implements LayerFile {
  readonly size: number;
  readonly mode: number;
  readonly #view: OpenView;
  readonly #file: OpenedFile;
  readonly #signal: AbortSignal | undefined;
  #pending: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  constructor(view: OpenView, file: OpenedFile, signal: AbortSignal | undefined) {
    this.size = file.node.size;
    this.mode = file.node.mode;
    this.#view = view;
    this.#file = file;
    this.#signal = signal;
  }

  async *content(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let offset = 0; ; ) {
      throwIfAborted(this.#signal, 'Reading a file of a layer');
      const chunk = await this.#read(offset);
      if (chunk.length === 0) return;
      offset += chunk.length;
      yield chunk;
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // The number of a closed descriptor may be another file's by the time that a read gets to it.
    await this.#pending.catch(() => undefined);
    closeFile(this.#file.fd);
    await this.#view[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(offset: number): Promise<Uint8Array> {
    if (!this.#isOpen) throw new StorageError('CLOSED', 'The file of the layer has been closed.');
    const reading = readPieceAsync(this.#file.fd, offset, CHUNK);
    this.#pending = reading;
    return await reading;
  }
}
