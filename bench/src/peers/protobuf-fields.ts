/** A field of a message: its number, and text or bytes. Numbers are not written, and skipped when read. */
export type ProtobufField = readonly [number: number, value: string | Uint8Array];

/** The wire's type of whatever has a length: text, bytes, and messages in messages. */
const WITH_LENGTH = 2;
/** Bytes that the other types take; `null` where it has to be looked for. */
const SIZES: Readonly<Record<number, number | null>> = { 0: null, 1: 8, 5: 4 };

/** Writes a message of protocol buffers. */
export function encodeFields(fields: readonly ProtobufField[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      const bytes = Buffer.from(value);
      return [varint(number * 8 + WITH_LENGTH), varint(bytes.length), bytes];
    }),
  );
}

/** The fields of a message that have a length, in order. @throws {RangeError} for what is no message */
export function decodeFields(message: Uint8Array): readonly (readonly [number: number, value: Buffer])[] {
  const fields: [number, Buffer][] = [];
  const bytes = Buffer.from(message);
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('A number in the message is too large.');
  };
  while (at < bytes.length) {
    const key = next();
    const type = key % 8;
    if (type === WITH_LENGTH) {
      const end = next() + at;
      if (end > bytes.length) throw new RangeError('A field of the message ends after it.');
      fields.push([Math.floor(key / 8), bytes.subarray(at, end)]);
      at = end;
      continue;
    }
    const size = SIZES[type];
    if (size === undefined) throw new RangeError(`There is no type ${type} in protocol buffers.`);
    if (size === null) next();
    else at += size;
  }
  if (at > bytes.length) throw new RangeError('A field of the message ends after it.');
  return fields;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
