// A function that remembers every request beyond its own death: before it answers, the request's number is a line in
// a file of this run in the directory TALLY. `ms` in the query is how long an answer takes.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const { PORT, SOCKET, TALLY = '.' } = process.env
const file = join(TALLY, `${process.pid}-${process.hrtime.bigint()}`)

const server = createServer((req, res) => {
  const url = new URL(req.url, 'http://app')
  const number = url.searchParams.get('number') ?? ''
  req.resume()
  req.on('end', () => {
    appendFileSync(file, `${number}\n`)
    setTimeout(() => res.end(number), Number(url.searchParams.get('ms') ?? 0))
  })
})
server.listen(SOCKET ?? { port: Number(PORT), host: '127.0.0.1' })
process.on('SIGTERM', () => server.close(() => process.exit(0)))
