export { knownDeviations } from './known-deviations.ts';
export { vfs } from './vfs-driver.ts';
