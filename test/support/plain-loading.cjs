/**
 * Before tap's loader, in each test file and in what that starts: packages are loaded without its notes on them. It
 * would read the source map of each of their modules, its own too, for coverage that nobody asks for: a third of the
 * time that a test file takes to start.
 */

process.env['_TAPJS_PROCESSINFO_EXCLUDE_'] = String.raw`/[\\/]node_modules[\\/]/`
