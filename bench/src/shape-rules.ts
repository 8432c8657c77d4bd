/** Says what is wrong with a value at a place, or `undefined` where nothing is. */
export type Rule = (value: unknown, place: string) => string | undefined;

export const text: Rule = (value, place) => (typeof value === 'string' ? undefined : `${place} is not a text`);
export const flag: Rule = (value, place) =>
  typeof value === 'boolean' ? undefined : `${place} is neither true nor false`;
export const number: Rule = (value, place) => (typeof value === 'number' ? undefined : `${place} is not a number`);
export const count: Rule = (value, place) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : `${place} is not a whole number`;
export const time: Rule = (value, place) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? undefined : `${place} is not a time`;

export const oneOf = (...allowed: readonly unknown[]): Rule => {
  return (value, place) => (allowed.includes(value) ? undefined : `${place} is none of ${allowed.join(', ')}`);
};
export const orNull = (rule: Rule): Rule => {
  return (value, place) => (value === null ? undefined : rule(value, place));
};
export const optional = (rule: Rule): Rule => {
  return (value, place) => (value === undefined ? undefined : rule(value, place));
};
export const list = (rule: Rule): Rule => {
  return (value, place) =>
    Array.isArray(value)
      ? firstFault(value, (item, index) => rule(item, `${place}[${index}]`))
      : `${place} is not a list`;
};
export const record = (rule: Rule): Rule => {
  return (value, place) => {
    if (!isObject(value)) return `${place} is not an object`;
    return firstFault(Object.entries(value), ([key, item]) => rule(item, `${place}.${key}`));
  };
};
export const object = (fields: Readonly<Record<string, Rule>>): Rule => {
  return (value, place) => {
    if (!isObject(value)) return `${place} is not an object`;
    return firstFault(Object.entries(fields), ([key, rule]) => rule(value[key], `${place}.${key}`));
  };
};

/** What `readEnvironment` returns. */
export const environment: Rule = object({
  kernel: text,
  architecture: text,
  overlayParameters: record(text),
  cpu: object({ model: text, count, governor: orNull(text) }),
  memory: object({ total: count, free: count }),
  load: list(number),
  node: text,
  packages: record(text),
  commit: orNull(text),
});

/** What `readFilesystem` returns. */
export const filesystem: Rule = object({ name: text, source: orNull(text), mountOptions: list(text), free: number });

export function firstFault<T>(
  items: readonly T[],
  look: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const fault = look(item, index);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
