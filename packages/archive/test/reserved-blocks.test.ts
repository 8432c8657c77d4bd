import { statSync } from 'node:fs';
import { setFaultHandler } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock, requireOrSkip } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { unpackLayer } from '../src/unpack-layer.ts';
import { archiveOf, blocks, file, rawHeader, streamOf } from './support/tar-bytes.ts';

const reason = requireOrSkip('ext4', await loopFilesystemReason('ext4'));
const MEBIBYTE = 1 << 20;

// Others may have the machine's lock for a while.
describe.skipIf(reason !== null)('blocks of files', { timeout: 600_000 }, () => {
  it('are reserved where a large piece is written, and files are no larger for it', async () => {
    await using _ = await machineLock();
    await using filesystem = await loopFilesystem({ type: 'ext4', size: 64 * MEBIBYTE });
    let reserved = 0;
    setFaultHandler((call) => {
      if (call === 'fallocate') reserved += 1;
    });
    try {
      const content = 'x'.repeat(3 * MEBIBYTE + 5);
      await unpackLayer(streamOf(await archiveOf(file('large', content), file('small', 'y'))), {
        root: filesystem.path,
        whiteouts: 'remove',
        lower: null,
      });
      expect(reserved).toBeGreaterThan(0);
      const { size, blocks: used } = statSync(`${filesystem.path}/large`);
      expect(size).toBe(content.length);
      expect(used * 512).toBeLessThan(content.length + 64 * 1024);
    } finally {
      setFaultHandler(undefined);
    }
  });

  it('are not reserved for what an archive only claims to have', async () => {
    await using _ = await machineLock();
    await using filesystem = await loopFilesystem({ type: 'ext4', size: 64 * MEBIBYTE });
    // 8 GiB less one byte, the most that twelve octal digits say, and two mebibytes of it.
    const archive = Buffer.concat([rawHeader({ size: '77777777777 ' }), blocks('x'.repeat(2 * MEBIBYTE))]);
    const unpacked = unpackLayer(streamOf(archive), { root: filesystem.path, whiteouts: 'remove', lower: null });
    await expect(unpacked).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    // What fails is left half written.
    expect(statSync(`${filesystem.path}/file`).blocks * 512).toBeLessThanOrEqual(3 * MEBIBYTE);
  });
});
