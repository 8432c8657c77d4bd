import { invalidAt } from '../build-error.ts';
import type { ValueInstruction } from '../dockerfile/instruction.ts';
import { absolutePath, bytePath } from '../files/clean-path.ts';
import { ownerInImage, ROOT_OWNER } from '../files/copy-owner.ts';
import { TargetRoot } from '../files/target-root.ts';
import { type ImageDraft, withStep, workingDirectory } from '../image-draft.ts';
import type { StepContext } from './step-context.ts';
import { expandAt } from './variables.ts';

/** Carries out a WORKDIR: the directory is made where it is missing, for the image's user, and a relative one starts from the last. */
export async function workdirStep(step: ValueInstruction, context: StepContext): Promise<ImageDraft> {
  const { draft, words, cached } = context;
  const value = expandAt(step, step.value, words.lookup, words.escapeChar);
  if (value === '') throw invalidAt(step, 'WORKDIR is empty.');
  const path = absolutePath(workingDirectory(draft), value);
  const user = draft.config.User ?? '';
  const moved = { ...draft, config: { ...draft.config, WorkingDir: path } };
  const { layer, created } = await cached(draft.top, { kind: 'workdir', path, user }, async (root) => {
    using target = new TargetRoot(root);
    target.makeDirectories(bytePath(path).slice(1), user === '' ? ROOT_OWNER : ownerInImage(target, user));
    target.finish();
  });
  return withStep(moved, layer, `WORKDIR ${path}`, created);
}
