export { btrfs } from './btrfs-driver.ts';
export { knownDeviations } from './known-deviations.ts';
export { BtrfsLayout } from './layout.ts';
