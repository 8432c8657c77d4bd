import { type CaseTable, type CoveredCase, casesOf } from './covered-case.ts';

const STORE = 'A layer store above drivers has this; a driver knows no references, images or digests.';

/** daemon/graphdriver/graphtest. */
const graphtest: CaseTable = {
  DriverTestCreateEmpty: ['lifecycle/a-new-layer-is-empty', 'lifecycle/remove-takes-all-away'],
  DriverTestCreateBase: ['content/modes-and-owners-outlast-the-mount'],
  DriverTestCreateSnap: ['content/a-child-shows-its-parent'],
  DriverTestDeepLayerRead: ['deep/reads-through-a-long-chain'],
  DriverTestDiffApply: ['diff/added-modified-and-deleted-files', 'diff/makes-layers-from-templates'],
  DriverTestChanges: ['diff/added-modified-and-deleted-files', 'diff/a-directory-above-a-change-is-a-change'],
  DriverTestSetQuota: ['refusals/a-quota-that-was-not-promised', 'mount-abilities/a-quota-holds'],
};

/** Tests of single drivers and of their shared parts. */
const drivers: CaseTable = {
  'btrfs TestBtrfsSubvolDelete': 'It comes with the btrfs driver: no other has subvolumes inside a layer.',
  'vfs TestXattrUnsupportedByBackingFS': ['archive/keeps-attributes'],
  'copy TestCopy': ['content/a-child-shows-its-parent', 'deep/a-long-chain-equals-a-plain-directory'],
  'copy TestCopyWithoutRange': 'The host package tests each way of copying by itself.',
  'copy TestCopyDir': ['content/a-child-shows-its-parent'],
  'copy TestCopyHardlink': ['archive/keeps-hard-links', 'copy-up/hard-links-stay-one-file'],
  'driver TestIsEmptyDir': 'Drivers here go by records, not by whether a directory is empty.',
  'utils TestParseKeyValueOpt': ['ids/unknown-options-are-type-errors'],
};

/** The aufs driver, as last shipped in 20.10. */
const aufs: CaseTable = {
  NewDriver: ['refusals/the-driver-says-who-it-is'],
  String: ['refusals/the-driver-says-who-it-is'],
  CreateDirStructure: "A layout on disk is its driver's own business; the aufs-style driver tests its own.",
  NewDriverFromExistingDir: ['records/outlive-the-driver'],
  CreateNewDir: ['lifecycle/a-new-layer-is-empty'],
  CreateNewDirStructure: "A layout on disk is its driver's own business; the aufs-style driver tests its own.",
  RemoveImage: ['lifecycle/remove-takes-all-away'],
  GetWithoutParent: ['lifecycle/a-new-layer-is-empty'],
  CleanupWithNoDirs: ['refusals/a-closed-driver'],
  CleanupWithDir: ['holding/close-gives-back'],
  MountedFalseResponse: ['holding/put-unmounts'],
  MountedTrueResponse: ['holding/put-unmounts'],
  MountWithParent: ['content/a-child-shows-its-parent'],
  RemoveMountedDir: ['holding/a-held-layer-does-not-change-its-state'],
  CreateWithInvalidParent: ['lifecycle/a-parent-must-exist'],
  GetDiff: ['diff/added-modified-and-deleted-files'],
  Changes: ['diff/echo-at-every-depth', 'diff/against-a-grandparent'],
  DiffSize: ['diff/added-modified-and-deleted-files'],
  ChildDiffSize: ['diff/added-modified-and-deleted-files', 'usage/counts-what-the-layer-adds'],
  Exists: ['records/a-new-root-has-no-layers', 'lifecycle/remove-takes-all-away'],
  Status: ['refusals/status-and-metadata-are-lines-for-people'],
  ApplyDiff: ['diff/makes-layers-from-templates'],
  MountMoreThan42Layers: ['deep/reads-through-a-long-chain', 'deep/a-long-chain-equals-a-plain-directory'],
  MountMoreThan42LayersMatchingPathLength: ['deep/reads-through-a-long-chain', 'ids/long-ids-can-be-mounted'],
  InitStaleCleanup: ['healing/remove-is-whole-or-not-at-all'],
  BenchmarkConcurrentAccess: ['concurrency/get-and-put-storm'],
};

/** daemon/internal/layer. */
const layerStore: CaseTable = {
  TestMountAndRegister: ['lifecycle/create-write-commit-child'],
  TestLayerRelease: STORE,
  TestStoreRestore: ['records/outlive-the-driver'],
  TestTarStreamStability: [
    'diff/of-a-committed-layer-is-that-of-the-writable-one',
    'diff/the-same-change-gives-the-same-bytes',
  ],
  TestRegisterExistingLayer: STORE,
  TestTarStreamVerification: STORE,
  TestMountInit: 'There are no init layers: an adapter that needs one makes a child.',
  TestMountSize: ['usage/counts-what-the-layer-adds', 'usage/counts-what-is-replaced'],
  TestMountChanges: ['diff/added-modified-and-deleted-files'],
  TestMountApply: ['archive/several-archives-add-up'],
  TestCommitFailure: STORE,
  TestStartTransactionFailure: STORE,
  TestGetOrphan: STORE,
  TestIsValidID: ['ids/grammar-is-accepted', 'ids/others-are-type-errors'],
  TestLayerMigrationNoTarsplit: STORE,
};

/** Every known case of moby. */
export const mobyCases: readonly CoveredCase[] = [
  ...casesOf('moby graphtest', graphtest),
  ...casesOf('moby drivers', drivers),
  ...casesOf('moby aufs', aufs),
  ...casesOf('moby layer store', layerStore),
];
