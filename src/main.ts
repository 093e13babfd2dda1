#!/usr/bin/env node
/** The entry of the program: finds a Node that can run it, then hands over to the command line. */

const NODE_MIN = 24

const major = Number.parseInt(process.versions.node, 10)
if (major < NODE_MIN) {
  const { ownNode, runInstead } = await import('./cli/own-node.ts')
  const program = ownNode(NODE_MIN)
  if (program !== undefined) process.exit(await runInstead(program, process.argv.slice(1)))
  process.stderr.write(
    `coldfront needs Node ${NODE_MIN} or later, this is ${process.versions.node}. Install a newer one, or install\n` +
      'coldfront again with the install scripts of npm allowed: one of them brings a Node along.\n',
  )
  process.exit(1)
}

// Loaded only now: an older Node could not even read these files.
const { compileCacheDir } = await import('./cli/compile-cache.ts')
const cache = compileCacheDir(process)
if (process.argv[2] === 'serve') {
  const { boundYoungGeneration } = await import('./cli/young-generation.ts')
  // So that what begins anew has this very file from there as well: else its types are stripped twice.
  boundYoungGeneration(process, cache === undefined ? {} : { NODE_COMPILE_CACHE: cache })
}
if (cache !== undefined) (await import('node:module')).enableCompileCache(cache)
const [{ run }, { processShell }] = await Promise.all([
  import('./cli/run.ts'),
  import('./cli/shell.ts'),
])
// The clock's timers do not keep the process alive, so that a gateway can be thrown away in a test. Here something
// has to: a command ends when it says so, not when nothing but a timer is left.
new MessageChannel().port1.ref()

const shell = processShell()
shell.exit(await run(process.argv.slice(2), shell))
