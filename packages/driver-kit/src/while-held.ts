/**
 * What `look` makes of a layer that is held, together with the hold: whoever disposes of it lets go of the layer, and so does a look
 * that fails.
 */
export async function whileHeld<T extends object>(hold: AsyncDisposable, look: () => T): Promise<T & AsyncDisposable> {
  try {
    return { ...look(), [Symbol.asyncDispose]: () => hold[Symbol.asyncDispose]() };
  } catch (error) {
    await hold[Symbol.asyncDispose]();
    throw error;
  }
}
