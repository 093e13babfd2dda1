/** Under systemd: the unit file, and what the gateway tells a real datagram socket over its life. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import t from 'tap'

import { ROOT } from '../support/package.ts'
import { Program, plainEnv, plainRun } from '../support/program.ts'
import { tempDir } from '../support/temp-dir.ts'

const UNIT = join(ROOT, 'contrib/systemd/coldfront.service')

/** Which program of this name the shell would run. */
const onPath = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find(existsSync)

/** Node has no such sockets. Perl is part of every Debian. */
const RECEIVER = `
use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($s, sockaddr_un($ARGV[0])) or die $!;
print "bound\\n";
while (defined recv($s, my $text, 4096, 0)) { $text =~ s/\\n/ /g; print "$text\\n" unless $text =~ /^BARRIER/ }
`
/** For machines without systemd: the same message the same way. */
const SENDER = `#!/usr/bin/perl
use Socket;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
defined send($s, join("\\n", @ARGV), 0, sockaddr_un($ENV{NOTIFY_SOCKET})) or die $!;
`

t.test('systemd: is told when the gateway is ready, reloads and stops', async (t) => {
  const dir = tempDir(t)
  if (!onPath('systemd-notify')) {
    writeFileSync(join(dir, 'systemd-notify'), SENDER)
    chmodSync(join(dir, 'systemd-notify'), 0o755)
  }
  const socket = join(dir, 'notify')
  const env = plainEnv()
  const perl = { file: 'perl', args: ['-e', RECEIVER, socket], cwd: dir, env }
  const systemd = new Program(t, perl)
  await systemd.line('bound')
  const config = 'listen: { http: "127.0.0.1:0" }\nadmin: { listen: off }\nfunctions: {}\n'
  writeFileSync(join(dir, 'gateway.yaml'), config)
  const gateway = new Program(t, {
    file: process.execPath,
    args: [join(ROOT, 'src/main.ts'), 'serve'],
    cwd: dir,
    env: {
      ...env,
      PATH: `${dir}${delimiter}${env['PATH']}`,
      STATE_DIRECTORY: join(dir, 'state'),
      RUNTIME_DIRECTORY: dir,
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '200000',
    },
  })
  await systemd.line('READY=1')
  await systemd.line('WATCHDOG=1')
  gateway.kill('SIGHUP')
  await systemd.line('RELOADING=1')
  await systemd.line('READY=1', 2)
  gateway.kill('SIGTERM')
  await systemd.line('STOPPING=1')
  t.strictSame(await gateway.ended(), { code: 0, signal: null })
  const told = systemd.lines.filter((line) => line !== 'WATCHDOG=1')
  t.strictSame(told, ['bound', 'READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1'])
  t.ok(existsSync(join(dir, 'state')), 'the state is where systemd keeps it')
})

t.test(
  'systemd: the unit waits for READY, has a watchdog, and gives nothing it can do without',
  async (t) => {
    const lines = readFileSync(UNIT, 'utf8').split('\n')
    const wanted = [
      'Type=notify',
      'WatchdogSec=30s',
      'KillMode=mixed',
      'User=coldfront',
      'StateDirectory=coldfront',
      'RuntimeDirectory=coldfront',
      'CapabilityBoundingSet=',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'LimitCORE=0',
    ]
    for (const line of wanted) t.ok(lines.includes(line), line)
    if (onPath('systemd-analyze')) {
      const { stdout, stderr } = await plainRun('systemd-analyze', ['verify', UNIT], {
        env: plainEnv(),
      })
      t.equal(stdout + stderr, '', 'systemd has nothing to say against it')
    }
  },
)
