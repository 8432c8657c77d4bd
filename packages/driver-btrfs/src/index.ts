export { btrfs } from './btrfs-driver.ts';
export { BtrfsLayout } from './layout.ts';
