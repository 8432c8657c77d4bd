import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { StorageError } from '@graphdriver/core';

/** Calls that have one message each way, over one connection that stays open. */
export interface GrpcClient {
  /** @throws {StorageError} `COMMAND_FAILED` with what the server says, or where there is no answer */
  call(method: string, message: Uint8Array): Promise<Buffer>;
  close(): void;
}

/** In front of each message: whether it is compressed, and its length. */
const PREFIX = 5;

/** Opens a client of the socket at `socketPath`, which sends `headers` with every call. Nothing is sent yet. */
export function grpcClient(socketPath: string, headers: Readonly<Record<string, string>>): GrpcClient {
  const session = connectHttp2('http://localhost', { createConnection: () => connect(socketPath) });
  session.on('error', () => undefined); // Each call tells its own failure.
  return {
    call: (method, message) =>
      new Promise((resolve, reject) => {
        const fail = (why: string, cause?: unknown): void =>
          reject(new StorageError('COMMAND_FAILED', `${method}: ${why}`, { cause }));
        const stream = session.request({
          ...headers,
          ':method': 'POST',
          ':path': method,
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        const pieces: Buffer[] = [];
        let status: unknown;
        let says: unknown;
        // What has failed at once has its status among the first headers, anything else behind the answer.
        const note = (given: Readonly<Record<string, unknown>>): void => {
          status = given['grpc-status'] ?? status;
          says = given['grpc-message'] ?? says;
        };
        stream.on('response', note).on('trailers', note);
        stream.on('data', (piece: Buffer) => pieces.push(piece));
        stream.on('error', (error) => fail('there is no answer.', error));
        stream.on('close', () => fail('the connection has ended.'));
        stream.on('end', () => {
          if (status === '0') resolve(Buffer.concat(pieces).subarray(PREFIX));
          else fail(`${String(status)} ${decodeURIComponent(String(says ?? ''))}`);
        });
        const prefix = Buffer.alloc(PREFIX);
        prefix.writeUInt32BE(message.length, 1);
        stream.end(Buffer.concat([prefix, message]));
      }),
    close: () => session.destroy(),
  };
}
