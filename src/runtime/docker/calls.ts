/**
 * Every engine call in use and what it is for: all that a filter in front of the engine's socket has to let through.
 * docs/SECURITY.md is checked against this list, and the contract suite runs through a filter made from it.
 */

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Without the version; `*` stands for a name or id, which may contain slashes where it names an image. */
  readonly path: string
  readonly why: string
}

export const ENGINE_CALLS: readonly EngineCall[] = [
  { method: 'GET', path: '/_ping', why: 'find the engine and its API version' },
  {
    method: 'GET',
    path: '/info',
    why: 'whether container addresses can be reached; may be forbidden (403) without `sandbox`',
  },
  { method: 'GET', path: '/events', why: 'notice what others start, stop, pause and remove' },
  {
    method: 'GET',
    path: '/containers/json',
    why: 'find the containers of an earlier gateway process',
  },
  { method: 'GET', path: '/containers/*/json', why: 'what state one is in, and its address' },
  {
    method: 'GET',
    path: '/containers/*/logs',
    why: 'output of instances, last lines of failed ones',
  },
  {
    method: 'GET',
    path: '/containers/*/stats',
    why: "memory, only where the kernel's files are out of sight; may be forbidden (403), then it is not shown",
  },
  {
    method: 'POST',
    path: '/containers/create',
    why: 'make an instance from an image, and its sandbox',
  },
  { method: 'POST', path: '/containers/*/start', why: 'cold start' },
  { method: 'POST', path: '/containers/*/pause', why: 'first tier of idle' },
  { method: 'POST', path: '/containers/*/unpause', why: 'resume' },
  { method: 'POST', path: '/containers/*/stop', why: 'second tier of idle' },
  { method: 'POST', path: '/containers/*/kill', why: 'one that does not stop' },
  {
    method: 'DELETE',
    path: '/containers/*',
    why: 'third tier of idle; only what coldfront made and signed',
  },
  { method: 'POST', path: '/networks/*/connect', why: 'functions with more than one network' },
  { method: 'GET', path: '/images/*/json', why: 'whether an image is there' },
  { method: 'POST', path: '/images/create', why: 'pull an image; for `sandbox`, bring its own' },
]
