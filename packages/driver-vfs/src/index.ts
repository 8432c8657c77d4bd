export { vfs } from './vfs-driver.ts';
