/** What the waiting page is made of: style, script and words. All of it is in the page; it asks nobody else for anything. */

import { createHash } from 'node:crypto'

export const STYLE = `
:root{color-scheme:light dark;--back:#fbfbfa;--front:#1c1d1f;--soft:#6b6f76;--line:#e3e4e6;--mark:#2f6fde}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){--back:#15171a;--front:#e8e9eb;--soft:#9aa0a8;--line:#2b2f35;--mark:#6ea2ff}}
[data-theme=dark]{color-scheme:dark;--back:#15171a;--front:#e8e9eb;--soft:#9aa0a8;--line:#2b2f35;--mark:#6ea2ff}
[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--front);font:16px/1.5 system-ui,sans-serif}
main{width:min(30rem,100% - 3rem);padding:2rem 0}
h1{font-size:1.4rem;margin:0 0 1.25rem;overflow-wrap:anywhere}
p{margin:.75rem 0 0}
.soft{color:var(--soft);min-height:1.5em}
progress{appearance:none;width:100%;height:.4rem;border:0;border-radius:1rem;background:var(--line);overflow:hidden}
progress::-webkit-progress-bar{background:var(--line)}
progress::-webkit-progress-value{background:var(--mark);transition:width .3s linear}
progress::-moz-progress-bar{background:var(--mark)}
`

/**
 * Follows the progress and goes on when the function is ready: by loading the same address again, which keeps its
 * query and fragment. Fills every element with a `data-coldfront` attribute, also in a page of the operator's own.
 */
export const SCRIPT = `
(function () {
  var about = JSON.parse(document.getElementById('coldfront-wake').textContent)
  var words = {
    queued: 'Waiting for its turn to start',
    pulling: 'Fetching its image',
    starting: 'Starting',
    probing: 'Started, waiting until it answers',
    ready: 'Ready',
    failed: 'Its start failed',
    asleep: 'Asleep'
  }
  var phase = about.phase
  var began = Date.now() - about.elapsedMs
  var retryAt = Date.now() + about.retryAfterMs
  var leaving = false
  function each(name, change) {
    var all = document.querySelectorAll('[data-coldfront="' + name + '"]')
    for (var i = 0; i < all.length; i += 1) change(all[i])
  }
  function put(name, text) {
    each(name, function (element) { if (element.textContent !== text) element.textContent = text })
  }
  function spell(ms) {
    var seconds = Math.max(1, Math.round(ms / 1000))
    return seconds < 90 ? seconds + ' s' : Math.round(seconds / 60) + ' min'
  }
  function go() {
    if (leaving) return
    leaving = true
    location.reload()
  }
  function estimate(elapsed) {
    if (phase === 'failed') {
      var left = retryAt - Date.now()
      return left > 0 ? 'It is tried again in ' + spell(left) + '.' : 'It is tried again now.'
    }
    if (about.slowMs && elapsed > about.slowMs) return 'This takes longer than usual.'
    return about.usualMs ? 'Usually it takes about ' + spell(about.usualMs) + '.' : ''
  }
  function draw() {
    var elapsed = Date.now() - began
    put('name', about.name)
    put('title', phase === 'failed' ? about.name + ' could not be started' : about.name + ' is starting')
    put('phase', words[phase] || words.starting)
    put('elapsed', spell(elapsed))
    put('estimate', estimate(elapsed))
    each('bar', function (bar) {
      if (!about.usualMs || phase === 'failed') bar.removeAttribute('value')
      else bar.value = Math.min(0.95, elapsed / about.usualMs)
    })
    if (phase === 'failed' && Date.now() >= retryAt) go()
  }
  function follow() {
    if (!window.EventSource) return void setTimeout(go, 3000)
    var source = new EventSource(about.progress)
    source.onmessage = function (event) {
      var now = JSON.parse(event.data)
      phase = now.phase
      began = Date.now() - now.elapsedMs
      retryAt = Date.now() + now.retryAfterMs
      if (phase === 'ready') go()
      if (phase === 'failed') source.close()
      if (phase === 'asleep') setTimeout(go, 1000)
      draw()
    }
    source.onerror = function () {
      if (source.readyState === 2) setTimeout(go, 2000)
    }
  }
  if (phase !== 'failed') follow()
  draw()
  setInterval(draw, 500)
})()
`

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing but this style and this script, and the progress from where the page came from. */
export const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
