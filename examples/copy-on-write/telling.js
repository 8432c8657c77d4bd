// How the walk-through speaks.

/** A paragraph. */
export function tell(text) {
  console.log(`${text}\n`);
}

/** The heading of a step, and what it is about. */
export function step(title, why) {
  console.log(`## ${title}\n`);
  for (const paragraph of why) tell(paragraph);
}

/** What the same would be on the command line. */
export function command(words) {
  console.log(`    $ graphdriver ${words}`);
}

/** What comes of it, in columns. */
export function show(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => String(cell).padEnd(widths[column]));
    console.log(`    ${cells.join('   ').trimEnd()}`);
  }
  console.log('');
}

/** An outcome that the walk-through is about: printed where it is so, and the end where it is not. */
export function check(outcome, isSo) {
  if (!isSo) throw new Error(`It is not so that ${outcome}.`);
  console.log(`    It is so: ${outcome}.\n`);
}

/** Bytes in powers of 1000 and three digits, as Docker prints them. */
export function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (Number(value.toPrecision(3)) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))}${units[unit]}`;
}

/** The twelve digits by which people know images, layers and containers. */
export function short(id) {
  return id === null ? '<missing>' : id.replace(/^sha256:/, '').slice(0, 12);
}
