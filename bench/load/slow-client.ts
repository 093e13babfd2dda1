/**
 * One slow reader: asks for a file and reads it in small steps at a steady pace, slower than it is sent. Prints a JSON line
 * with the bytes that it read, when all have come or the connection ends.
 *
 * Arguments: port, host, path, bytes per second.
 */

import { connect } from 'node:net'

export interface SlowReport {
  readonly bytes: number
  readonly seconds: number
}

const STEP_MS = 10

const [, , port = '', host = '', path = '', pace = ''] = process.argv
const perStep = (Number(pace) * STEP_MS) / 1000
const began = process.hrtime.bigint()
let bytes = 0

const socket = connect({ host: '127.0.0.1', port: Number(port) })
socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
socket.pause()
const timer = setInterval(() => {
  const until = bytes + perStep
  while (bytes < until) {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return
    bytes += chunk.length
  }
}, STEP_MS)
socket.on('readable', () => undefined)
socket.on('error', () => socket.destroy())
socket.on('close', () => {
  clearInterval(timer)
  const report: SlowReport = { bytes, seconds: Number(process.hrtime.bigint() - began) / 1e9 }
  process.stdout.write(`${JSON.stringify(report)}\n`)
})
