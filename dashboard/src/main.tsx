/** The dashboard begins here. */

import { render } from 'preact'
import { App } from './app.tsx'
import { watch } from './model.ts'
import { applyTheme } from './theme.ts'

applyTheme()
watch()
render(<App />, document.getElementById('root') as HTMLElement)
