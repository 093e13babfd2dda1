/** The version of this program. */

import pkg from '../../package.json' with { type: 'json' }

export const VERSION: string = pkg.version

/** As `coldfront version` prints it. */
export const versionText = (): string =>
  `coldfront ${VERSION} (Node ${process.versions.node}, ${process.platform} ${process.arch})`
