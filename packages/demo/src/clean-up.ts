/** What has to be undone at the end, however it comes: the newest first, all of it, each once. */
export class CleanUp {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<void> }[] = [];

  /** Registers something that is to be disposed of at the end, and returns it. */
  use<T extends AsyncDisposable>(what: string, resource: T): T {
    this.#steps.push({ what, undo: async () => resource[Symbol.asyncDispose]() });
    return resource;
  }

  /** Undoes everything, and returns what could not be undone. */
  async run(): Promise<{ readonly what: string; readonly error: unknown }[]> {
    const failures: { what: string; error: unknown }[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        failures.push({ what: step.what, error });
      }
    }
    return failures;
  }
}
