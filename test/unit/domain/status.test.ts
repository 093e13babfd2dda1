import t from 'tap'
import { conditionOf, showRoute } from '../../../src/domain/status.ts'

t.test('condition: the best that any instance offers decides', async (t) => {
  t.equal(conditionOf([], 0), 'cold')
  t.equal(conditionOf(['dormant', 'stopping', 'draining'], 0), 'cold')
  t.equal(conditionOf(['dormant'], 1), 'backoff')
  t.equal(conditionOf(['paused', 'dormant'], 500), 'paused', 'a resume needs no start')
  t.equal(conditionOf(['pausing'], 0), 'paused')
  t.equal(conditionOf(['paused', 'probing'], 0), 'waking')
  t.equal(conditionOf(['starting', 'ready'], 500), 'ready')
})

t.test('route: the path is shown only where it says something', async (t) => {
  t.equal(showRoute({ host: '*.example.org', path: '/' }), '*.example.org')
  t.equal(showRoute({ host: 'a.example', path: '/api/' }), 'a.example/api/')
})
