/**
 * One slow reader: asks for a file and reads it in small steps at a steady pace, slower than it is sent. Prints a JSON line
 * with the bytes that it read, when all have come or the connection ends.
 *
 * Arguments: port, host, path, bytes per second.
 */

import { connect } from 'node:net'
import { now } from '../harness/time.ts'

export interface SlowReport {
  readonly bytes: number
  readonly seconds: number
}

const STEP_MS = 10

const [, , port = '', host = '', path = '', pace = ''] = process.argv
const began = now()
let bytes = 0

const isAhead = (): boolean => bytes > ((now() - began) / 1000) * Number(pace)

const socket = connect({ host: '127.0.0.1', port: Number(port) })
socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
socket.on('data', (chunk: Buffer) => {
  bytes += chunk.length
  if (isAhead()) socket.pause()
})
const timer = setInterval(() => {
  if (!isAhead()) socket.resume()
}, STEP_MS)
socket.on('error', () => socket.destroy())
socket.on('close', () => {
  clearInterval(timer)
  const report: SlowReport = { bytes, seconds: (now() - began) / 1000 }
  process.stdout.write(`${JSON.stringify(report)}\n`)
})
