export { knownDeviations } from './known-deviations.ts';
export { ZfsLayout } from './layout.ts';
export { zfs } from './zfs-driver.ts';
