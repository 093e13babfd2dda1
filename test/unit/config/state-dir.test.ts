import t from 'tap'
import { defaultStateDir } from '../../../src/config/state-dir.ts'

const where = (env: Record<string, string>, isRoot = false, realFile = '/etc/gateway.yaml') =>
  defaultStateDir({ realFile, env, homedir: '/home/me', isRoot })

t.test('state directory: systemd’s comes first, then root’s, then the user’s', async (t) => {
  t.match(
    where({ STATE_DIRECTORY: '/var/lib/a:/var/lib/b' }, true),
    /^\/var\/lib\/a\/gateway\.yaml-[0-9a-f]{6}$/,
  )
  t.match(where({}, true), /^\/var\/lib\/coldfront\/gateway\.yaml-/)
  t.match(where({ XDG_STATE_HOME: '/x' }), /^\/x\/coldfront\/gateway\.yaml-/)
  t.match(where({ XDG_STATE_HOME: 'relative' }), /^\/home\/me\/\.local\/state\/coldfront\//)
})

t.test('state directory: two files are two owners, whatever they are called', async (t) => {
  t.not(where({}, true, '/a/gateway.yaml'), where({}, true, '/b/gateway.yaml'))
  t.equal(where({}, true, '/a/gateway.yaml'), where({}, true, '/a/gateway.yaml'))
})
