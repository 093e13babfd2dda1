// A function that counts: each request carries a number in its path, and it tells how often it saw which. It does not
// listen before the file RELEASE exists, so that everything sent until then has to be held. What it owes is exact:
// GET /n/7 answers "7"; POST /n/7 answers "7" when its body is the number 7, padded with x to LENGTH bytes.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'

const { PORT, RELEASE = '', LENGTH = '1024' } = process.env
const LOOK_MS = 20

const seen = new Map()
let wrongBodies = 0

function count(req, res, body) {
  const number = req.url.slice('/n/'.length)
  seen.set(number, (seen.get(number) ?? 0) + 1)
  if (req.method === 'POST' && body !== number.padEnd(Number(LENGTH), 'x')) wrongBodies += 1
  res.writeHead(200, { 'content-type': 'text/plain', 'content-length': number.length })
  res.end(number)
}

function report(res) {
  const twice = [...seen].filter(([, times]) => times > 1).map(([number]) => number)
  const text = JSON.stringify({ distinct: seen.size, twice, wrongBodies })
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
  res.end(text)
}

const server = createServer((req, res) => {
  let body = ''
  req.setEncoding('latin1')
  req.on('data', (chunk) => {
    body += chunk
  })
  req.on('end', () => (req.url === '/report' ? report(res) : count(req, res, body)))
})

const timer = setInterval(() => {
  if (RELEASE !== '' && !existsSync(RELEASE)) return
  clearInterval(timer)
  server.listen(Number(PORT), '127.0.0.1')
}, LOOK_MS)
