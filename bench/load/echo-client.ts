/**
 * Upgraded connections that are echoed: on each a message at a time, the next when the whole echo is there. Prints one JSON
 * line when it is over.
 *
 * Arguments: port, host, connections, bytes of a message, seconds.
 */

import { connect } from 'node:net'
import { now } from '../harness/time.ts'

export interface EchoReport {
  readonly messages: number
  readonly errors: number
  readonly seconds: number
}

const [, , port = '', host = '', ...rest] = process.argv
const [connections = 1, bytes = 1, seconds = 1] = rest.map(Number)

const request = `GET /echo HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`
const message = Buffer.alloc(bytes, 'x')
const buffer = Buffer.allocUnsafe(65_536)
let messages = 0
let errors = 0
let isOver = false

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = ''
    let isUpgraded = false
    let left = 0
    const say = (): void => {
      left = bytes
      socket.write(message)
    }
    const heard = (length: number): void => {
      if (!isUpgraded) {
        head += buffer.toString('latin1', 0, length)
        if (!head.includes('\r\n\r\n')) return
        isUpgraded = true
        if (head.startsWith('HTTP/1.1 101')) resolve()
        else reject(new Error(`no upgrade: ${head}`))
        return say()
      }
      left -= length
      if (left > 0 || isOver) return
      messages += 1
      say()
    }
    const onread = {
      buffer,
      callback: (length: number) => {
        heard(length)
        return true
      },
    }
    const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true, onread })
    socket.once('connect', () => socket.write(request))
    socket.on('error', reject)
    socket.on('close', () => {
      if (!isOver) errors += 1
    })
  })
}

await Promise.all(Array.from({ length: connections }, open))
messages = 0
const began = now()
setTimeout(() => {
  isOver = true
  const report: EchoReport = { messages, errors, seconds: (now() - began) / 1000 }
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0))
}, seconds * 1000)
