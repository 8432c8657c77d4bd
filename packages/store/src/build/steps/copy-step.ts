import { digestOf } from '../../identity/digest.ts';
import { failedAt, invalidAt } from '../build-error.ts';
import type { SourceInput } from '../cache-key.ts';
import { heredocText } from '../dockerfile/heredoc.ts';
import type { CopyInstruction } from '../dockerfile/instruction.ts';
import { absolutePath, bytePath, insideRoot } from '../files/clean-path.ts';
import { FileCopier, writeText } from '../files/copy-files.ts';
import { ownerInImage, ROOT_OWNER } from '../files/copy-owner.ts';
import { type FoundSource, findSources, hasWildcards, PatternError } from '../files/find-sources.ts';
import { type Destination, placeForContents, placeForFile } from '../files/place-source.ts';
import { digestSource } from '../files/source-digest.ts';
import type { Stamps } from '../files/source-node.ts';
import { TargetRoot } from '../files/target-root.ts';
import { isArchive, unpackArchive } from '../files/unpack-archive.ts';
import { type ImageDraft, withStep, workingDirectory } from '../image-draft.ts';
import { copyHistory } from './history-text.ts';
import { type StepContext, type StepSource, signalOf } from './step-context.ts';
import { expandAt } from './variables.ts';

/** Permissions of a file that stands in the Dockerfile. */
const TEXT_MODE = 0o644;

/** Something to be copied, with its words expanded and its sources found. */
interface CopyPlan {
  readonly step: CopyInstruction;
  readonly sources: readonly PlannedSource[];
  readonly destination: Destination;
  readonly chown: string | null;
  readonly mode: number | null;
  readonly stamps: Stamps;
}

type PlannedSource = { readonly kind: 'found'; readonly found: FoundSource } | PlannedText;

interface PlannedText {
  readonly kind: 'text';
  readonly name: string;
  readonly text: string;
}

/** Carries out a COPY or ADD. */
export async function copyStep(step: CopyInstruction, source: StepSource, context: StepContext): Promise<ImageDraft> {
  const { draft, cached } = context;
  const words = copyWords(step, context);
  const plan = planCopy(step, source, words, draft);
  const input = {
    kind: 'copy',
    unpacks: step.keyword === 'ADD',
    sources: await digestAll(plan, source, context),
    destination: plan.destination.path,
    isDirectory: plan.destination.isDirectory,
    chown: plan.chown,
    chmod: plan.mode,
    keepsOwners: source.keepsOwners,
  } as const;
  const { layer, created } = await cached(draft.top, input, (root) => carryOut(plan, source, root, context));
  const flags = [['chown', words.chown] as const, ['chmod', words.chmod] as const];
  return withStep(draft, layer, copyHistory(step.keyword, flags, words.shown, words.destination), created);
}

interface CopyWords {
  readonly sources: readonly (string | PlannedText)[];
  /** As the history tells them. */
  readonly shown: readonly string[];
  readonly destination: string;
  readonly chown: string | null;
  readonly chmod: string | null;
}

function copyWords(step: CopyInstruction, { words: { lookup, escapeChar } }: StepContext): CopyWords {
  const expanded = (word: string): string => expandAt(step, word, lookup, escapeChar);
  const sources = step.sources.map((source): string | PlannedText => {
    if (source.kind === 'path') return expanded(source.path);
    const { heredoc } = source;
    const raw = heredocText(heredoc);
    const text = heredoc.expands ? expandAt(step, raw, lookup, escapeChar, { keepQuotes: true }) : raw;
    return { kind: 'text', name: fileName(step, expanded(heredoc.name)), text };
  });
  if (sources.some((source) => source === '')) throw invalidAt(step, `a source of ${step.keyword} is empty.`);
  return {
    sources,
    shown: sources.map((source) => (typeof source === 'string' ? source : `<<${source.name}`)),
    destination: expanded(step.destination),
    chown: step.chown === null ? null : expanded(step.chown),
    chmod: step.chmod === null ? null : expanded(step.chmod),
  };
}

/** The word that ends a text is the name of the file. */
function fileName(step: CopyInstruction, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw invalidAt(step, `${JSON.stringify(name)} cannot be the name of a file.`);
  return name;
}

function planCopy(step: CopyInstruction, source: StepSource, words: CopyWords, draft: ImageDraft): CopyPlan {
  const sources = words.sources.flatMap((word) => (typeof word === 'string' ? findAll(step, source, word) : [word]));
  if (sources.length === 0) throw failedAt(step, 'no file matches.');
  const isDirectory = /(?:^|\/)\.{0,2}$/.test(words.destination);
  if ((sources.length > 1 || words.sources.length > 1) && !isDirectory)
    throw invalidAt(step, `several sources go into a directory, and ${words.destination} does not end with a slash.`);
  return {
    step,
    sources,
    destination: { path: absolutePath(workingDirectory(draft), words.destination), isDirectory },
    chown: words.chown === '' ? null : words.chown,
    mode: words.chmod === null ? null : parseMode(step, words.chmod),
    stamps: new Map(),
  };
}

function findAll(step: CopyInstruction, { tree }: StepSource, word: string): readonly PlannedSource[] {
  try {
    const found = findSources(tree, word);
    // A pattern may match nothing as long as another source is there; a plain name may not.
    if (found.length === 0 && !hasWildcards(insideRoot(word))) throw notThere(step, word);
    return found.map((one) => ({ kind: 'found', found: one }));
  } catch (error) {
    throw error instanceof PatternError ? invalidAt(step, `${error.message}.`) : error;
  }
}

function notThere(step: CopyInstruction, word: string): Error {
  const where = step.from === null ? 'the build context, or it is left out by the .dockerignore' : step.from;
  return failedAt(step, `${word} is not in ${where}.`);
}

function parseMode(step: CopyInstruction, text: string): number {
  if (/^[0-7]{1,5}$/.test(text) && Number.parseInt(text, 8) <= 0o7777) return Number.parseInt(text, 8);
  throw invalidAt(step, `--chmod=${text} is not a mode in octal.`, 'Write --chmod=755.');
}

async function digestAll(
  { sources, stamps }: CopyPlan,
  { tree, keepsOwners }: StepSource,
  { signal }: StepContext,
): Promise<readonly SourceInput[]> {
  const inputs: SourceInput[] = [];
  for (const source of sources) {
    if (source.kind === 'text') inputs.push({ name: `text ${source.name}`, digest: digestOf(source.text) });
    else {
      const { path, name } = source.found;
      // Of a directory only the contents are copied: what it is called makes no difference.
      const label = tree.stat(path)?.isDirectory() === true ? 'directory' : `file ${name}`;
      const options = { owners: keepsOwners, stamps, ...signalOf(signal) };
      inputs.push({ name: label, digest: await digestSource(tree, path, options) });
    }
  }
  return inputs;
}

async function carryOut(plan: CopyPlan, source: StepSource, root: string, { signal }: StepContext): Promise<void> {
  using target = new TargetRoot(root);
  const owner = plan.chown === null ? undefined : ownerInImage(target, plan.chown);
  const maker = owner ?? ROOT_OWNER;
  const kept = source.keepsOwners ? null : ROOT_OWNER;
  const rules = { owner: owner ?? kept, mode: plan.mode, stamps: plan.stamps, ...signalOf(signal) };
  const copier = new FileCopier(source.tree, target, rules);
  for (const one of plan.sources) {
    if (one.kind === 'text') {
      const to = placeForFile(target, plan.destination, bytePath(one.name), maker);
      writeText(target, to, one.text, { owner: maker, mode: plan.mode ?? TEXT_MODE });
      continue;
    }
    const { path, name } = one.found;
    const stat = source.tree.stat(path);
    if (stat?.isDirectory() === true)
      await copier.copyContents(path, placeForContents(target, plan.destination, maker));
    else if (plan.step.keyword === 'ADD' && stat?.isFile() === true && (await isArchive(source.tree, path))) {
      const place = placeForContents(target, plan.destination, maker);
      target.settle(place);
      await unpackArchive(source.tree, path, target.hostPath(place), { owner: owner ?? null, ...signalOf(signal) });
      target.noteTime(place);
    } else await copier.copyFile(path, placeForFile(target, plan.destination, name, maker));
  }
  target.finish();
}
