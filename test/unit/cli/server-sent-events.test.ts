import t from 'tap'
import { ServerSentEvents } from '../../../src/cli/server-sent-events.ts'

t.test('server-sent events: are read however the text is cut', async (t) => {
  const text = ': hi\n\nid: a-1\ndata: {"x":": y"}\n\n:\n\nid: a-2\ndata: 2\n\nid: a-3\n'
  const expected = [
    { id: 'a-1', data: '{"x":": y"}' },
    { id: 'a-2', data: '2' },
  ]
  for (let cut = 1; cut < text.length; cut += 1) {
    const events = new ServerSentEvents()
    t.strictSame([...events.push(text.slice(0, cut)), ...events.push(text.slice(cut))], expected)
  }
})
