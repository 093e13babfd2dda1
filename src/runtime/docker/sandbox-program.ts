/**
 * The program that a sandbox runs, and its image: nearly no image has a program that merely waits, so coldfront brings
 * one. It waits for signals and heeds none: as the first process of its container it is ended by SIGKILL alone.
 */

import { createHash } from 'node:crypto'
import { RuntimeError } from '../runtime.ts'

/** Path of the program in its image. */
export const SANDBOX_PROGRAM = '/pause'

interface Machine {
  /** `e_machine` of the ELF header. */
  readonly elf: number
  /** Position-independent machine code; it never returns and touches neither memory nor stack. */
  readonly code: string
}

const X86_64: Machine = {
  elf: 62,
  code:
    'b822000000' + // wait: mov eax, 34      pause()
    '0f05' + //             syscall
    'ebf7', //              jmp wait
}

/** It has no pause(): ppoll() of nothing, without an end, is the same. */
const AARCH64: Machine = {
  elf: 183,
  code:
    '000080d2' + // wait: mov x0, #0         no descriptors
    '010080d2' + //       mov x1, #0
    '020080d2' + //       mov x2, #0         no end
    '030080d2' + //       mov x3, #0         no signals blocked
    '040080d2' + //       mov x4, #0
    '280980d2' + //       mov x8, #73        ppoll()
    '010000d4' + //       svc #0
    'f9ffff17', //        b wait
}

/** By the engines' words for themselves: Docker says as `uname` does, Podman as Go does. */
const MACHINES: ReadonlyMap<string, Machine> = new Map([
  ['x86_64', X86_64],
  ['amd64', X86_64],
  ['aarch64', AARCH64],
  ['arm64', AARCH64],
])

const ELF_HEADER_BYTES = 64
const SEGMENT_BYTES = 56
const BASE = 0x40_0000n
/** The largest page of either architecture, so that the kernel takes it with any. */
const PAGE = 0x1_0000n

/** An executable of one segment that holds the file itself. Throws `refused` for an architecture that it is not written for. */
export function sandboxProgram(architecture: string | undefined): Buffer {
  const machine = MACHINES.get(architecture ?? '')
  if (!machine) {
    throw new RuntimeError(
      'refused',
      architecture === undefined
        ? 'sandbox: true needs to know the engine’s architecture: let GET /info through to it, or leave sandbox out'
        : `sandbox: true works with engines on x86_64 and aarch64, and this one runs on ${architecture}: leave it out`,
    )
  }
  const code = Buffer.from(machine.code, 'hex')
  const start = ELF_HEADER_BYTES + SEGMENT_BYTES
  const file = Buffer.alloc(start + code.length)
  // 64 bits, little-endian, version 1, System V.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])
  file.writeUInt16LE(2, 16) // ET_EXEC
  file.writeUInt16LE(machine.elf, 18)
  file.writeUInt32LE(1, 20)
  file.writeBigUInt64LE(BASE + BigInt(start), 24) // entry
  file.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32) // where the segments are described
  file.writeUInt16LE(ELF_HEADER_BYTES, 52)
  file.writeUInt16LE(SEGMENT_BYTES, 54)
  file.writeUInt16LE(1, 56) // one segment
  const segment = file.subarray(ELF_HEADER_BYTES)
  segment.writeUInt32LE(1, 0) // PT_LOAD
  segment.writeUInt32LE(5, 4) // readable, executable
  segment.writeBigUInt64LE(BASE, 16)
  segment.writeBigUInt64LE(BASE, 24)
  segment.writeBigUInt64LE(BigInt(file.length), 32)
  segment.writeBigUInt64LE(BigInt(file.length), 40)
  segment.writeBigUInt64LE(PAGE, 48)
  file.set(code, start)
  return file
}

/** The name of the image: another program, another tag. It is never pulled. */
export const SANDBOX_REPOSITORY = 'coldfront/sandbox'
export const sandboxTag = (program: Buffer): string =>
  createHash('sha256').update(program).digest('hex').slice(0, 12)

const TAR_BLOCK = 512

/** The image's only layer: an archive (ustar) with the program alone. */
export function sandboxArchive(program: Buffer): Buffer {
  const header = Buffer.alloc(TAR_BLOCK)
  const octal = (value: number, at: number, length: number): void => {
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1')
  }
  header.write(SANDBOX_PROGRAM.slice(1), 0, 'latin1')
  octal(0o555, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(program.length, 124, 12)
  octal(0, 136, 12)
  header.write('0', 156, 'latin1')
  header.write('ustar\u000000', 257, 'latin1')
  // The sum of the header's bytes, its own field taken as blanks.
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1')
  const padding = Buffer.alloc((TAR_BLOCK - (program.length % TAR_BLOCK)) % TAR_BLOCK)
  return Buffer.concat([header, program, padding, Buffer.alloc(2 * TAR_BLOCK)])
}
