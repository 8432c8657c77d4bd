/** How long the event loop was away at worst, in milliseconds, while `act` ran. */
export async function longestBlock(act: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  try {
    await act();
    look(); // What blocks until the very end is over before the timer could see it.
  } finally {
    clearInterval(timer);
  }
  return longest;
}

/** Fails on nothing itself: tells every working directory that there was while `act` ran, as often as the event loop came by. */
export async function workingDirectories(act: () => Promise<unknown>): Promise<readonly string[]> {
  const seen = new Set([process.cwd()]);
  const chdir = process.chdir;
  process.chdir = (directory) => {
    seen.add(directory);
    chdir(directory);
  };
  const timer = setInterval(() => seen.add(process.cwd()), 1);
  try {
    await act();
    seen.add(process.cwd());
  } finally {
    clearInterval(timer);
    process.chdir = chdir;
  }
  return [...seen];
}
