const BILLION = 1_000_000_000n;

/** A time in nanoseconds as the system call takes it. */
export function timeAt(time: bigint): { readonly seconds: number; readonly nanoseconds: number } {
  // Before 1970 the nanoseconds still count forward from a whole second.
  const nanoseconds = ((time % BILLION) + BILLION) % BILLION;
  return { seconds: Number((time - nanoseconds) / BILLION), nanoseconds: Number(nanoseconds) };
}
