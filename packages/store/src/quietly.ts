/**
 * Takes a step of undoing, and goes on where it fails: the error that led here is the one to report, and healing finishes the step.
 * Tells whether it was taken.
 */
export async function quietly(step: () => unknown): Promise<boolean> {
  try {
    await step();
    return true;
  } catch {
    return false;
  }
}
