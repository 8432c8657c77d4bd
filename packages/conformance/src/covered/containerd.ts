import { type CaseTable, type CoveredCase, casesOf } from './covered-case.ts';

const MOUNTED_BY_CLIENTS = 'Its point is where a client mounts; here describeMount is checked against what get shows.';
const ID_MAPS = 'No driver promises id maps yet; asking for one is refused, which is checked.';

/** snapshots/testsuite. */
const suite: CaseTable = {
  Basic: [
    'lifecycle/create-write-commit-child',
    'lifecycle/parents-outlive-children',
    'diff/makes-layers-from-templates',
  ],
  StatActive: ['records/create-returns-the-record'],
  StatComitted: ['records/commit-changes-the-kind-only'],
  TransitivityTest: ['records/parents-are-kept'],
  PreareViewFailingtest: ['lifecycle/an-id-is-taken-once'],
  Update: ['records/labels-are-replaced-as-a-whole', 'records/created-at-stays'],
  Remove: ['lifecycle/remove-takes-all-away'],
  Walk: ['records/list-shows-parents-first'],
  LayerFileupdate: ['content/an-update-of-the-same-size-and-time-shows', 'diff/an-edit-in-the-same-instant-is-found'],
  RemoveDirectoryInLowerLayer: ['content/a-recreated-directory-hides-the-old-one'],
  Chown: ['content/owners-go-up-the-chain'],
  DirectoryPermissionOnCommit: ['content/directory-modes-outlast-a-commit'],
  RemoveIntermediateSnapshot: ['lifecycle/parents-outlive-children'],
  DeletedFilesInChildSnapshot: ['content/deleted-files-stay-deleted'],
  MoveFileFromLowerLayer: ['content/a-lower-file-can-be-moved-and-its-link-removed'],
  ViewReadonly: ['content/committed-views-refuse-writes'],
  StatInWalk: ['concurrency/asking-while-listing'],
  CloseTwice: ['refusals/a-closed-driver'],
  RootPermission: ['lifecycle/a-new-layer-is-empty'],
  Rename: [
    'content/a-lower-directory-can-be-renamed',
    'content/renaming-a-lower-directory-is-refused-without-the-promise',
  ],
  '128LayersMount': ['deep/a-long-chain-equals-a-plain-directory', 'deep/reads-through-a-long-chain'],
};

/** What issues.go lists and no suite made. */
const neverMade: CaseTable = {
  'RemoveAfterCommit (moby#24309)': ['lifecycle/a-committed-layer-can-be-removed'],
  'UnixDomainSockets (moby#12080)': ['content/unix-sockets-work', 'diff/sockets-are-left-out'],
  'DirectoryInodeStability (moby#19647)': ['content/directories-keep-their-inode-number'],
  'OpenFileInodeStability (moby#12327)': [
    'copy-up/an-open-file-sees-the-first-write',
    'copy-up/an-open-file-stays-as-it-was-without-the-promise',
  ],
  'GetCWD (moby#19082)': ['content/the-working-directory-can-be-asked-for'],
  'Chmod (docker/machine#3327)': [
    'content/a-lower-file-can-be-made-executable',
    'copy-up/chmod-leaves-the-lower-layer',
  ],
  RemoveInWalk: ['concurrency/removing-while-listing'],
};

/** snapshots/storage/metastore_test. */
const metaStore: CaseTable = {
  GetInfo: ['records/create-returns-the-record'],
  GetInfoNotExist: ['refusals/a-missing-layer'],
  GetInfoEmptyDB: ['records/a-new-root-has-no-layers'],
  Walk: ['records/list-shows-parents-first'],
  GetSnapshot: ['records/parents-are-kept'],
  GetSnapshotNotExist: ['refusals/a-missing-layer'],
  GetSnapshotCommitted: ['content/committed-views-refuse-writes'],
  GetSnapshotEmptyDB: ['records/a-new-root-has-no-layers'],
  CreateActive: ['records/create-returns-the-record'],
  CreateActiveNotExist: ['lifecycle/a-parent-must-exist'],
  CreateActiveExist: ['lifecycle/an-id-is-taken-once'],
  CreateActiveFromActive: ['lifecycle/a-parent-must-be-committed'],
  Commit: ['records/commit-changes-the-kind-only'],
  CommitNotExist: ['lifecycle/commit-happens-once'],
  CommitExist: ['lifecycle/an-id-is-taken-once'],
  CommitCommitted: ['lifecycle/commit-happens-once'],
  CommitViewFails: ['holding/a-held-layer-does-not-change-its-state'],
  Remove: ['lifecycle/remove-takes-all-away'],
  RemoveNotExist: ['lifecycle/remove-of-nothing-is-an-error'],
  RemoveWithChildren: ['lifecycle/parents-outlive-children'],
  ParentIDs: ['records/parents-are-kept'],
  Rebase: 'A layer here has its parent from create on: commit takes none.',
};

/** Tests of single snapshotters. */
const snapshotters: CaseTable = {
  'overlay RemappedBind': ID_MAPS,
  'overlay RemappedActive': ID_MAPS,
  'overlay RemappedInvalidMappings': ID_MAPS,
  'overlay Mounts': ['descriptions/mounting-by-hand-shows-the-view'],
  'overlay Commit': ['lifecycle/create-write-commit-child'],
  'overlay OverlayMount': ['descriptions/mounting-by-hand-shows-the-view'],
  'overlay OverlayRead': ['descriptions/mounting-by-hand-shows-the-view'],
  'overlay View': ['descriptions/committed-layers-are-described-read-only'],
  'overlay ConfiguredIndexNotOverridden': "Mount options are the overlay2 driver's own, and it tests them.",
  'devmapper Usage': ['usage/counts-what-the-layer-adds'],
  'devmapper MkfsExt4': 'No driver here makes file systems.',
  'devmapper MkfsXfs': 'No driver here makes file systems.',
  'devmapper MultipleXfsMounts': MOUNTED_BY_CLIENTS,
};

/** Every known case of containerd. */
export const containerdCases: readonly CoveredCase[] = [
  ...casesOf('containerd testsuite', suite),
  ...casesOf('containerd issues.go', neverMade),
  ...casesOf('containerd metastore', metaStore),
  ...casesOf('containerd snapshotters', snapshotters),
];
