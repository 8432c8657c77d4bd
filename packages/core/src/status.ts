/** A line of what a driver says of itself and its root, for people. Adapters give it to Docker as it is. */
export interface StatusLine {
  readonly key: string;
  readonly value: string;
}

/** Facts about one layer that only its driver knows: where it lies, how it is mounted. Keys are the field's where it has them. */
export type LayerMetadata = Readonly<Record<string, string>>;
