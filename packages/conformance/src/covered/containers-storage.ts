import { type CaseTable, type CoveredCase, casesOf } from './covered-case.ts';

const STORE = 'A layer store above drivers has this; a driver knows no images, containers, names, digests or big data.';
const STORE_CHECK = "It checks a store's books against its drivers; drivers here heal when they are opened.";
const NO_ID_MAPS = 'No driver promises id maps yet; asking for one is refused, which is checked.';

/** drivers/graphtest, beyond what it shares with moby. */
const graphtest: CaseTable = {
  DriverTestCreateEmpty: ['lifecycle/a-new-layer-is-empty'],
  DriverTestCreateBase: ['content/modes-and-owners-outlast-the-mount'],
  DriverTestCreateSnap: ['content/a-child-shows-its-parent', 'content/root-metadata-is-inherited'],
  DriverTestCreateFromTemplate: ['diff/makes-layers-from-templates'],
  DriverTestEcho: ['diff/echo-at-every-depth'],
  DriverTestListLayers: ['records/list-shows-parents-first'],
  DriverTestDeepLayerRead: ['deep/reads-through-a-long-chain'],
  DriverTestDiffApply: ['diff/added-modified-and-deleted-files', 'diff/makes-layers-from-templates'],
  DriverTestChanges: ['diff/added-modified-and-deleted-files'],
  DriverTestSetQuota: ['refusals/a-quota-that-was-not-promised', 'mount-abilities/a-quota-holds'],
  TestContainersOverlayXattr: 'force_mask hides modes in an attribute for rootless use, which no driver here offers.',
  TestSupportsShifting: NO_ID_MAPS,
  TestStore: ['records/outlive-the-driver'],
  TestWithSplitStore: STORE,
  TestStoreMultiList: STORE,
  TestStoreDelete: STORE,
  TestCheckDirectory: STORE_CHECK,
  TestCheckDetectWriteable: STORE_CHECK,
  TestLayerLocation: STORE,
};

/** tests/*.bats. */
const bats: CaseTable = {
  'absolute-paths': ['refusals/the-driver-says-who-it-is'],
  'apply-diff': ['diff/makes-layers-from-templates', 'archive/keeps-everything-in-a-chain'],
  'apply-diff-from-staging-directory': 'applyDiff stages by itself wherever it must be able to go back.',
  'apply-junk': ['archive/junk-is-refused', 'archive/truncated-archives-are-refused'],
  bigdata: STORE,
  changes: ['diff/added-modified-and-deleted-files', 'diff/deleted-directories'],
  check: STORE_CHECK,
  'cleanup-layer': ['healing/create-is-whole-or-not-at-all'],
  container: STORE,
  'container-dirs': STORE,
  image: STORE,
  'image-dirs': STORE,
  'layerless-image': STORE,
  'create-container': STORE,
  'create-and-mount-volatile-container': ['holding/writes-outlast-the-mount'],
  'create-image': STORE,
  'create-layer': [
    'lifecycle/create-write-commit-child',
    'lifecycle/a-child-does-not-change-its-parent',
    'content/siblings-do-not-meet',
  ],
  dedup: "Sharing equal files by reflink is a tool's work on committed layers, and nobody has asked for it.",
  delete: STORE,
  'delete-container': STORE,
  'delete-image': STORE,
  'delete-layer': ['lifecycle/remove-takes-all-away', 'lifecycle/parents-outlive-children'],
  'delete-container-with-immutable':
    'The host package tests that immutable files are removed; not every file system has the flag.',
  'import-layer-with-immutable': 'Archives carry no file flags, as those of Docker and OCI do not.',
  'delete-layer-with-mappings': NO_ID_MAPS,
  diff: ['diff/deletions-travel-as-whiteouts', 'diff/added-modified-and-deleted-files'],
  diffsize: ['diff/added-modified-and-deleted-files'],
  idmaps: NO_ID_MAPS,
  'images-by-digest': STORE,
  'import-layer': ['diff/makes-layers-from-templates'],
  'layers (more than 127)': ['deep/reads-through-a-long-chain', 'lifecycle/the-depth-has-its-limit'],
  manifests: STORE,
  metadata: ['refusals/status-and-metadata-are-lines-for-people', 'records/labels-may-be-anything'],
  'mount-layer': ['holding/put-unmounts', 'mount-flags/nosuid', 'holding/a-held-layer-does-not-change-its-state'],
  names: STORE,
  'overlay-recreate': "Links and lower files are the overlay2 driver's own, and it tests that they heal.",
  'split-store': STORE,
  status: ['refusals/status-and-metadata-are-lines-for-people'],
  'stores (additional, read-only)': STORE,
};

/** Every known case of containers/storage. */
export const containersStorageCases: readonly CoveredCase[] = [
  ...casesOf('containers/storage graphtest', graphtest),
  ...casesOf('containers/storage bats', bats),
];
