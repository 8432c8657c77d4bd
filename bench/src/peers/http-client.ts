import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';
import { StorageError } from '@graphdriver/core';

/** What is sent: something to be written as JSON, or an archive. */
export type HttpBody = { readonly json: unknown } | { readonly tar: AsyncIterable<Uint8Array> };

/** HTTP to a daemon's socket, over one connection that stays open. */
export interface HttpClient {
  /** Sends a request and returns the answer's text. @throws {StorageError} `COMMAND_FAILED` for an answer of 400 or more, and where there is none */
  send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: HttpBody): Promise<string>;
  close(): void;
}

/** Opens a client of the socket at `socketPath`. Nothing is sent yet. */
export function httpClient(socketPath: string): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const fail = (why: string, cause?: unknown): void =>
          reject(new StorageError('COMMAND_FAILED', `${method} ${path}: ${why}`, { cause }));
        const sent = request({ socketPath, agent, method, path, headers: headersOf(body) }, (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('error', (error) => fail('the answer broke off.', error));
          answer.on('end', () => {
            const text = Buffer.concat(pieces).toString();
            const { statusCode = 500 } = answer;
            if (statusCode < 400) resolve(text);
            else fail(`${statusCode} ${text.trim().slice(0, 300)}`);
          });
        });
        sent.on('error', (error) => fail('there is no answer.', error));
        if (body === undefined) sent.end();
        else if ('json' in body) sent.end(JSON.stringify(body.json));
        else
          Readable.from(body.tar)
            .on('error', (error) => sent.destroy(error))
            .pipe(sent);
      }),
    close: () => agent.destroy(),
  };
}

function headersOf(body: HttpBody | undefined): Record<string, string> {
  if (body === undefined) return { 'content-length': '0' };
  if ('tar' in body) return { 'content-type': 'application/x-tar' };
  const length = Buffer.byteLength(JSON.stringify(body.json));
  return { 'content-type': 'application/json', 'content-length': `${length}` };
}
