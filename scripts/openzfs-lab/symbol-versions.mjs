// The Module.symvers of a kernel of which there is only the program: without it, a module's configure finds no exported symbol.
import { readFileSync } from 'node:fs';

const NO_BITS = 8; // SHT_NOBITS: a section that takes memory and no room in the file.
const ENTRY = 24; // struct kernel_symbol without relative references: three addresses (value, name, name space).

/** Reads the tables `__ksymtab` and `__ksymtab_gpl` of a 64-bit little-endian ELF file. Checksums are 0: the kernel has no MODVERSIONS. */
export function symbolVersions(path) {
  const elf = readFileSync(path);
  const sections = sectionsOf(elf);
  return sections
    .filter(({ name }) => name === '__ksymtab' || name === '__ksymtab_gpl')
    .flatMap((table) => entriesOf(elf, sections, table))
    .join('');
}

function sectionsOf(elf) {
  const start = number(elf, 0x28);
  const [size, count, names] = [0x3a, 0x3c, 0x3e].map((at) => elf.readUInt16LE(at));
  const sections = Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    const [address, offset, length] = [16, 24, 32].map((field) => number(elf, at + field));
    return { nameAt: elf.readUInt32LE(at), type: elf.readUInt32LE(at + 4), address, offset, length };
  });
  return sections.map((section) => ({ ...section, name: text(elf, sections[names].offset + section.nameAt) }));
}

function entriesOf(elf, sections, table) {
  const kind = table.name.endsWith('gpl') ? 'EXPORT_SYMBOL_GPL' : 'EXPORT_SYMBOL';
  const textAt = (address) => {
    const home = sections.find(
      (one) => one.address > 0 && one.type !== NO_BITS && address >= one.address && address < one.address + one.length,
    );
    return home === undefined ? '' : text(elf, home.offset + address - home.address);
  };
  return Array.from({ length: Math.floor(table.length / ENTRY) }, (_, index) => {
    const at = table.offset + index * ENTRY;
    const space = number(elf, at + 16);
    return `0x00000000\t${textAt(number(elf, at + 8))}\tvmlinux\t${kind}\t${space === 0 ? '' : textAt(space)}\n`;
  });
}

function number(elf, at) {
  return Number(elf.readBigUInt64LE(at));
}

function text(elf, at) {
  return elf.toString('latin1', at, elf.indexOf(0, at));
}
