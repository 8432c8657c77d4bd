import { fileURLToPath } from 'node:url';
import { allChecks, type ConformanceReport, selectChecks } from '@graphdriver/conformance';
import { guestLab, guestReason, requireOrSkip } from '@graphdriver/testkit';
import { beforeAll, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const thorough = process.env['GRAPHDRIVER_FULL'] !== undefined;

/** A driver on a file system that the guest makes of its disk and mounts at /mnt. */
interface Place {
  readonly driver: string;
  readonly on: string;
  readonly make: string;
  readonly zfs?: boolean;
  /** Groups of checks to run where the whole suite, which takes some minutes, was not asked for; none where left out. */
  readonly sample?: readonly string[];
  readonly quota: 'difference' | 'view' | null;
}

const PLACES: readonly Place[] = [
  {
    driver: 'overlay2',
    on: 'xfs with project quota',
    make: 'mkfs.xfs -q /dev/ubda && mount -o prjquota /dev/ubda /mnt',
    sample: ['mount-abilities', 'refusals', 'lifecycle'],
    quota: 'difference',
  },
  { driver: 'overlay2', on: 'xfs', make: 'mkfs.xfs -q /dev/ubda && mount /dev/ubda /mnt', quota: null },
  { driver: 'overlay2', on: 'ext4', make: 'mkfs.ext4 -q /dev/ubda && mount /dev/ubda /mnt', quota: null },
  { driver: 'overlay2', on: 'btrfs', make: 'mkfs.btrfs -q /dev/ubda && mount /dev/ubda /mnt', quota: null },
  { driver: 'btrfs', on: 'btrfs', make: 'mkfs.btrfs -q /dev/ubda && mount /dev/ubda /mnt', quota: null },
  {
    driver: 'zfs',
    on: 'OpenZFS',
    // The plain directories that layers are compared with lie on it too.
    make: 'zpool create -O acltype=posixacl -m /mnt pool /dev/ubda',
    zfs: true,
    sample: ['lifecycle'],
    quota: 'difference',
  },
];

/** Starting a process, of which zfs and zpool take many, is some fifty times slower in the guest. */
const PATIENCE = 10;

/** Seconds: the suite takes some five minutes where nothing else runs. */
const LIMIT = 1800;

for (const place of PLACES.filter(({ sample }) => thorough || sample !== undefined)) {
  const missing = await guestReason(place.zfs === true ? { zfs: true } : {});
  // Only a full run builds the guest, and may insist on it.
  const reason = thorough ? requireOrSkip(place.driver, missing) : missing;
  const title = `${place.driver} in the guest on ${place.on}`;
  describe.skipIf(reason !== null)(reason === null ? title : `${title}: ${reason}`, () => {
    const only = thorough ? undefined : place.sample;
    let report: ConformanceReport;

    beforeAll(async () => {
      report = await reportOf(place, only);
    }, LIMIT * 1000);

    it('keeps no promise on quota that it does not make, and makes the one it can', () => {
      expect(report.capabilities.quota).toBe(place.quota);
    });

    for (const { id, title: promise } of selectChecks(allChecks, only)) {
      it(`${promise} [${id}]`, (test) => {
        const found = report.results.find((result) => result.id === id);
        if (found?.outcome === 'skipped' || found?.outcome === 'deviates') test.skip(found.reason);
        expect(found).toMatchObject({ outcome: 'passed' });
      });
    }
  });
}

async function reportOf({ driver, make, zfs }: Place, only: readonly string[] | undefined): Promise<ConformanceReport> {
  const some = only === undefined ? [] : ['--only', only.join(',')];
  const conformance = [
    'node',
    CLI,
    'conformance',
    driver,
    '--scratch',
    '/mnt',
    '--reporter',
    'json',
    '--patience',
    `${PATIENCE}`,
    ...some,
  ];
  const { stdout } = await guestLab().run({
    command: ['sh', '-c', `{ ${make}; } >&2 && exec "$@"`, 'sh', ...conformance],
    disks: ['8G'],
    timeout: LIMIT,
    // What failed is told by the report.
    okExitCodes: [0, 1],
    ...(zfs === true ? { zfs } : {}),
  });
  const { reports } = JSON.parse(stdout) as { readonly reports: readonly ConformanceReport[] }; // As the reporter writes it.
  const [report] = reports;
  if (report === undefined) throw new Error('The guest gave no report.');
  return report;
}
