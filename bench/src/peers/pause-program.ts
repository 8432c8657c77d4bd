import { arch } from 'node:process';

const FILE_HEADER = 64;
const PROGRAM_HEADER = 56;
/** Where the kernel puts the program. */
const ADDRESS = 0x40_0000n;

/** By `process.arch`: the machine's number in ELF, and instructions that call pause(2) for ever. */
const MACHINES: Readonly<Record<string, { readonly machine: number; readonly code: string }>> = {
  // mov eax, 34; syscall; jmp to the start
  x64: { machine: 62, code: 'b8220000000f05ebf7' },
};

/** Why {@link pauseProgram} cannot be made for this machine, as a sentence, or `null`. */
export function pauseProgramReason(machine: string = arch): string | null {
  return machine in MACHINES ? null : `There is no program for containers to run on ${machine}.`;
}

/**
 * A program of 129 bytes that does nothing until it is killed: what a container runs that is only to be mounted.
 * It needs no libraries, so that the image can be empty but for it.
 */
export function pauseProgram(machine: string = arch): Buffer {
  const of = MACHINES[machine];
  if (of === undefined) throw new TypeError(pauseProgramReason(machine) ?? '');
  const code = Buffer.from(of.code, 'hex');
  const file = Buffer.alloc(FILE_HEADER + PROGRAM_HEADER + code.length);
  file.write('\x7fELF', 'latin1');
  file.set([2, 1, 1], 4); // 64 bits, little endian, version 1
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(of.machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(ADDRESS + BigInt(FILE_HEADER + PROGRAM_HEADER), 24); // the first instruction
  file.writeBigUInt64LE(BigInt(FILE_HEADER), 32); // the program header
  file.writeUInt16LE(FILE_HEADER, 52);
  file.writeUInt16LE(PROGRAM_HEADER, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, FILE_HEADER); // to be loaded
  file.writeUInt32LE(5, FILE_HEADER + 4); // readable and executable
  file.writeBigUInt64LE(ADDRESS, FILE_HEADER + 16);
  file.writeBigUInt64LE(ADDRESS, FILE_HEADER + 24);
  file.writeBigUInt64LE(BigInt(file.length), FILE_HEADER + 32);
  file.writeBigUInt64LE(BigInt(file.length), FILE_HEADER + 40);
  file.writeBigUInt64LE(0x1000n, FILE_HEADER + 48);
  file.set(code, FILE_HEADER + PROGRAM_HEADER);
  return file;
}
