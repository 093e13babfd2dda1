/** What functions may not do to each other and to the gateway: share a name or a host, lead back to its own listeners. */

import { memoryOf } from '../domain/eviction.ts'
import type { FunctionSpec } from '../domain/function.ts'
import { nearest } from '../lib/nearest.ts'
import { reaches } from './address.ts'
import type { Locate } from './check.ts'
import type { Config, ListenAddress } from './config.ts'
import type { Built } from './function.ts'
import type { FunctionText } from './function-text.ts'
import type { Mistake } from './mistake.ts'

/** A name has one function, in whichever files they stand. */
export function sameNames(texts: readonly FunctionText[]): readonly Mistake[] {
  const first = new Map<string, FunctionText>()
  return texts.flatMap((text) => {
    const other = first.get(text.name)
    if (other) {
      const message = `there is a function "${text.name}" already, at ${other.source.whereIs(other.path)}`
      return text.source.mistake(text.path, message, 'key')
    }
    first.set(text.name, text)
    return []
  })
}

/** A host with its path leads to one function. */
export function sameRoutes(functions: readonly Built[]): readonly Mistake[] {
  const first = new Map<string, Built>()
  return functions.flatMap((built) =>
    (built.fn?.routes ?? []).flatMap(({ host, path }, i) => {
      const other = first.get(host + path)
      first.set(host + path, other ?? built)
      if (!other) return []
      const { name, source, path: at } = other.text
      const message =
        other === built
          ? 'this host and path stand here twice'
          : `this host and path lead to "${name}" already, at ${source.whereIs([...at, 'hosts'])}`
      return built.locate(['hosts', i], message)
    }),
  )
}

/** A request that comes back to the gateway would go round until something breaks. */
export function ownListeners(
  functions: readonly Built[],
  listeners: readonly ListenAddress[],
): readonly Mistake[] {
  return functions.flatMap(({ fn, locate }) => {
    const target = fn && targetOf(fn)
    if (!target || !listeners.some((own) => reaches(target.address, own))) return []
    return locate([target.option], 'the gateway itself listens there')
  })
}

function targetOf(fn: FunctionSpec): { option: string; address: ListenAddress } | undefined {
  const { spec } = fn
  if (spec.k === 'upstream') return { option: 'upstream', address: spec.endpoint }
  if (spec.k !== 'command' || !spec.listening) return undefined
  return spec.listening.k === 'port'
    ? { option: 'port', address: { k: 'tcp', host: 'localhost', port: spec.listening.port } }
    : { option: 'socket', address: { k: 'unix', path: spec.listening.path } }
}

/** An instance that is larger than all of the host would wait for ever. */
export function aboveBudget(
  functions: readonly Built[],
  { memory, memoryEach }: Config['budget'],
): readonly Mistake[] {
  return functions.flatMap(({ fn, locate }) =>
    fn && fn.runtime !== 'static' && memoryOf(fn, memoryEach) > memory
      ? locate(['memory'], 'one instance of it counts as more than budget.memory')
      : [],
  )
}

/** The name after `default:` is one of the functions. */
export function defaultExists(
  name: string | undefined,
  texts: readonly FunctionText[],
  locate: Locate,
): readonly Mistake[] {
  if (name === undefined || texts.some((text) => text.name === name)) return []
  // What was meant is a name of this file; the name written may have come from an expansion.
  const meant = nearest(
    name,
    texts.map((text) => text.name),
  )
  return locate(['default'], `there is no such function${meant ? `; did you mean ${meant}?` : ''}`)
}
