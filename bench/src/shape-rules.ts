/** A JSON Schema, or a part of one (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Says what is wrong with a value at a place, or `undefined` where nothing is.
 *
 * A rule also is its own schema, so that what is published is what the reader looks for.
 */
export interface Rule {
  (value: unknown, place: string): string | undefined;
  /** The same as a JSON Schema, as far as one can say it. */
  readonly schema: JsonSchema;
  /** The field of an object may be missing. */
  readonly optional?: boolean;
}

export const text: Rule = rule({ type: 'string' }, (value, place) =>
  typeof value === 'string' ? undefined : `${place} is not a text`,
);
export const flag: Rule = rule({ type: 'boolean' }, (value, place) =>
  typeof value === 'boolean' ? undefined : `${place} is neither true nor false`,
);
export const number: Rule = rule({ type: 'number' }, (value, place) =>
  typeof value === 'number' ? undefined : `${place} is not a number`,
);
/** A whole number that may be negative. */
export const integer: Rule = rule(
  { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  (value, place) => (Number.isSafeInteger(value) ? undefined : `${place} is not a whole number`),
);
export const count: Rule = rule({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, (value, place) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : `${place} is not a whole number`,
);

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
export const time: Rule = rule({ type: 'string', format: 'date-time', pattern: RFC_3339.source }, (value, place) =>
  typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : `${place} is not a time`,
);

export const oneOf = (...allowed: readonly unknown[]): Rule => {
  return rule(allowed.length === 1 ? { const: allowed[0] } : { enum: allowed }, (value, place) =>
    allowed.includes(value) ? undefined : `${place} is none of ${allowed.join(', ')}`,
  );
};
export const orNull = (inner: Rule): Rule => {
  return rule({ anyOf: [inner.schema, { type: 'null' }] }, (value, place) =>
    value === null ? undefined : inner(value, place),
  );
};
export const optional = (inner: Rule): Rule => {
  const mayBeMissing = rule(inner.schema, (value, place) => (value === undefined ? undefined : inner(value, place)));
  return Object.assign(mayBeMissing, { optional: true });
};
export const list = (inner: Rule): Rule => {
  return rule({ type: 'array', items: inner.schema }, (value, place) =>
    Array.isArray(value)
      ? firstFault(value, (item, index) => inner(item, `${place}[${index}]`))
      : `${place} is not a list`,
  );
};
export const record = (inner: Rule): Rule => {
  return rule({ type: 'object', additionalProperties: inner.schema }, (value, place) => {
    if (!isObject(value)) return `${place} is not an object`;
    return firstFault(Object.entries(value), ([key, item]) => inner(item, `${place}.${key}`));
  });
};
/** An object with these fields. It may have others, which are not looked at: a later release may have added them. */
export const object = (fields: Readonly<Record<string, Rule>>): Rule => {
  const entries = Object.entries(fields);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, { schema: inner }]) => [key, inner])),
    required: entries.filter(([, inner]) => inner.optional !== true).map(([key]) => key),
  };
  return rule(schema, (value, place) => {
    if (!isObject(value)) return `${place} is not an object`;
    return firstFault(entries, ([key, inner]) => inner(value[key], `${place}.${key}`));
  });
};
/** An object whose field `tag` says which of the rules it follows: the one of that name. */
export const variants = (tag: string, rules: Readonly<Record<string, Rule>>): Rule => {
  const kind = oneOf(...Object.keys(rules));
  const schema = {
    type: 'object',
    properties: { [tag]: kind.schema },
    required: [tag],
    allOf: Object.entries(rules).map(([name, inner]) => ({
      if: { properties: { [tag]: { const: name } } },
      // biome-ignore lint/suspicious/noThenProperty: A keyword of JSON Schema, in an object that nobody awaits.
      then: inner.schema,
    })),
  };
  return rule(schema, (value, place) => {
    if (!isObject(value)) return `${place} is not an object`;
    return kind(value[tag], `${place}.${tag}`) ?? rules[String(value[tag])]?.(value, place);
  });
};
/** The same rule, whose schema has a description. */
export const described = (description: string, inner: Rule): Rule => {
  const same = rule({ description, ...inner.schema }, (value, place) => inner(value, place));
  return inner.optional === true ? Object.assign(same, { optional: true }) : same;
};

function rule(schema: JsonSchema, check: (value: unknown, place: string) => string | undefined): Rule {
  return Object.assign(check, { schema });
}

/** What `readEnvironment` returns. */
export const environment: Rule = object({
  kernel: text,
  architecture: text,
  overlayParameters: record(text),
  cpu: object({ model: text, count, governor: orNull(text), idle: optional(orNull(text)) }),
  memory: described('Bytes.', object({ total: count, free: count })),
  load: described('Means over 1, 5 and 15 minutes, when the run began.', list(number)),
  node: text,
  packages: record(text),
  tools: optional(
    described('What the programs that worked in mounts say of their versions, by command.', record(text)),
  ),
  commit: described('A + at its end says that the working copy had been changed.', orNull(text)),
});

/** What `readFilesystem` returns. */
export const filesystem: Rule = object({
  name: text,
  source: described('As in /dev/loop3; null where the mount table does not say.', orNull(text)),
  mountOptions: list(text),
  free: described('Bytes.', number),
});

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
