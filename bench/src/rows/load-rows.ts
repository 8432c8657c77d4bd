import { fileURLToPath } from 'node:url';
import { closeFile, createFile, makeDirectory, removeTree, run, syncFilesystem, writeBytes } from '@graphdriver/host';
import { writeFiles } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import { manyFiles } from '../workloads/many-files.ts';
import { BENCH_IMAGE, openBenchStore } from './bench-store.ts';
import type { LoadPeer, OpenPeer } from './load-peers.ts';
import { ext4Place, ext4Refusal, type RowPlace } from './row-place.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { sampleAlone, samplePairs } from './sample-pairs.ts';

const LOAD_PROGRAM = fileURLToPath(new URL('../../dist/rows/load-process.js', import.meta.url));

/** Files in each layer. */
const FILES = 100;

const WHY =
  'The same archive of docker save, of 20 layers that are not compressed and have 100 files of 250 kB each, into an empty store on the ' +
  'same ext4 over overlay2. Ours is a process of Node that loads it and ends, and everything is durable then.';

/** A load against that of another program. */
export function loadRow(peer: LoadPeer): RowProgram {
  return {
    row: {
      id: `store/load-${peer.name}`,
      title: `load of 500 MB in 20 layers, against ${peer.name}`,
      unit: 'times',
      target: 1,
      ours: 'load into a store over overlay2',
      theirs: peer.command,
      why: `${WHY} syncfs comes before each sample.`,
    },
    refusal: async (stage) => peer.refusal() ?? (await ext4Refusal(stage)),
    async measure(stage) {
      await using place = await ext4Place(stage);
      const archive = await makeArchive(place, stage);
      await using theirs = await peer.open(place.path, stage.signal);
      const options = { ...sampling(stage, stage.sizes.slowPairs, 1), timeout: 600_000 };
      return await samplePairs(loadHere(place, archive, stage), loadThere(theirs, place, archive), options);
    },
  };
}

/** What a load takes of memory. */
export const loadMemoryRow: RowProgram = {
  row: {
    id: 'store/load-memory',
    title: 'memory of a load of 500 MB in 20 layers',
    unit: 'bytes',
    target: 200e6,
    ours: 'most memory of the process',
    theirs: null,
    why: `${WHY} What getrusage(2) says at its end of the most resident memory that it has had.`,
  },
  refusal: ext4Refusal,
  async measure(stage) {
    await using place = await ext4Place(stage);
    const most: number[] = [];
    const load = loadHere(place, await makeArchive(place, stage), stage, (bytes) => most.push(bytes));
    await sampleAlone(load, { ...sampling(stage, stage.sizes.slowPairs, 0), timeout: 600_000 });
    return most.map((value, pair) => ({ side: 'ours', pair, value }));
  },
};

/** Makes the image in a store, one commit per layer, and saves it. */
async function makeArchive(place: RowPlace, stage: RowStage): Promise<string> {
  const { overlay2 } = await import('@graphdriver/driver-overlay2');
  const { loadBytes, loadLayers } = stage.sizes;
  const maker = { ...place, path: `${place.path}/maker` };
  makeDirectory(maker.path);
  const fileSize = Math.floor(loadBytes / loadLayers / FILES);
  const path = `${place.path}/image.tar`;
  {
    const driver = await overlay2.open({ root: `${maker.path}/root` });
    await using opened = await openBenchStore(maker, driver, stage, manyFiles({ files: FILES, fileSize }));
    const { store } = opened;
    for (let layer = 1; layer < loadLayers; layer += 1) {
      const { id } = await store.containers.create(BENCH_IMAGE);
      {
        await using mount = await store.containers.mount(id);
        makeDirectory(`${mount.path}/layer-${layer}`);
        const files = manyFiles({ files: FILES, fileSize });
        await writeFiles(`${mount.path}/layer-${layer}`, files, { seed: stage.seed + layer, signal: stage.signal });
      }
      await store.containers.commit(id, { reference: BENCH_IMAGE, signal: stage.signal });
      await store.containers.remove(id);
    }
    const fd = createFile(path, 0o600);
    try {
      for await (const chunk of store.images.save([BENCH_IMAGE], { signal: stage.signal })) writeBytes(fd, chunk);
    } finally {
      closeFile(fd);
    }
  }
  await removeTree(maker.path);
  stage.note(`${loadBytes} bytes in ${loadLayers} layers.`);
  return path;
}

function loadHere(
  { path }: RowPlace,
  archive: string,
  { signal }: RowStage,
  onMemory: (bytes: number) => void = () => undefined,
): OnceOperation<string> {
  return {
    async prepare(index) {
      const root = `${path}/ours-${index}`;
      makeDirectory(root);
      await syncFilesystem(path);
      return root;
    },
    async measure(root) {
      const { stdout } = await run(process.execPath, [LOAD_PROGRAM, archive, root], { signal, timeout: 0 });
      onMemory(Number(stdout));
    },
    release: (root) => removeTree(root),
  };
}

function loadThere(peer: OpenPeer, { path }: RowPlace, archive: string): OnceOperation<number> {
  return {
    async prepare(index) {
      await syncFilesystem(path);
      return index;
    },
    measure: (index) => peer.load(archive, index),
    release: (index) => peer.forget(index),
  };
}
