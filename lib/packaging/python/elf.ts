import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes of the header up to the machine. @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const HEADER_BYTES = 20;
const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const MACHINES: Readonly<Record<number, string>> = { 3: 'x86', 40: 'arm', 62: 'x86_64', 183: 'aarch64', 243: 'riscv' };

/**
 * Machine that a native file is built for: an architecture of Linux such as `x86_64`, or the name of another operating system.
 *
 * @internal
 */
export function machineOf(path: string): string {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header) < HEADER_BYTES) return 'no native code';
  } finally {
    closeSync(file);
  }
  if (header.subarray(0, 4).equals(MAGIC)) {
    // The sixth byte is the byte order.
    const machine = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
    return MACHINES[machine] ?? `ELF machine ${machine}`;
  }
  if (header.toString('latin1', 0, 2) === 'MZ') return 'Windows';
  const magic = header.readUInt32BE(0);
  if ([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe].includes(magic)) return 'macOS';
  return 'no native code';
}
