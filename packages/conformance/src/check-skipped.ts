/** Thrown by `context.skip`: this host cannot show what the check wants to see. Not a word about the driver. */
export class CheckSkipped extends Error {
  override readonly name = 'CheckSkipped';
}
