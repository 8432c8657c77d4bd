/** Something that two runs did not have in common, and that may be why they differ. */
export interface EnvironmentDifference {
  /** As in `kernel`, `cpu.model` or `overlay2 on xfs: mountOptions`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}
