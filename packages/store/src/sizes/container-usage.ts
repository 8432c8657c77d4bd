/** A container on the disk. */
export interface ContainerUsage {
  readonly id: string;
  readonly name: string;
  /** Its writable layer: what `size` is about, as allocated; without what it shares with its forks. */
  readonly writable: number;
  /** What it shares with its forks, beside its image. */
  readonly shared: number;
  /** What its size does not count: its folder with logs and configuration. */
  readonly folder: number;
}
