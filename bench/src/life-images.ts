/** What many containers stand on: 1 MiB, so that a driver which copies everything can take part. */
export const MANY_IMAGE: { readonly files: number; readonly fileSize: number } = { files: 16, fileSize: 64 * 1024 };

/** What the bottom layer of a chain has in which nothing is copied up; every other layer has one small file. */
export const CHAIN_FILE: { readonly size: number; readonly directories: number } = { size: 64 * 1024, directories: 1 };
