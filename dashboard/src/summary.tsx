/** The gateway in one line of numbers. */

import type { ComponentChildren } from 'preact'
import { bytes, plural, rate } from './format.ts'
import type { World } from './model.ts'

type Budget = World['about']['budget']

export function Summary({ rows, about }: World) {
  const sum = (of: (row: World['rows'][number]) => number): number =>
    rows.reduce((total, row) => total + of(row), 0)
  const instances = rows.flatMap((row) => row.instances)
  const awake = instances.filter(({ state }) => state !== 'dormant' && state !== 'stopped')
  const memory = instances.reduce((total, { memoryBytes = 0 }) => total + memoryBytes, 0)
  const asleep = rows.filter(({ condition }) => condition === 'cold' || condition === 'paused')
  const minutes = Math.round((about.slotMs * 60) / 60_000)
  const woken = sum((row) => row.activity?.woken.reduce((a, b) => a + b, 0) ?? 0)
  return (
    <dl class="summary" aria-label="The gateway now">
      <Figure name="Requests/s">{rate(sum((row) => row.activity?.perSecond ?? 0))}</Figure>
      <Figure name="In flight">{sum((row) => row.inFlight).toLocaleString('en')}</Figure>
      <Figure name="Waiting" isHot={sum((row) => row.waiters) > 0}>
        {sum((row) => row.waiters).toLocaleString('en')}
      </Figure>
      <Figure name="Awake">
        {awake.length.toLocaleString('en')}{' '}
        <small>{plural(awake.length, 'instance').replace(/^\S+ /, '')}</small>
      </Figure>
      <Figure name="Asleep">
        {asleep.length.toLocaleString('en')} <small>of {plural(rows.length, 'function')}</small>
      </Figure>
      <Figure name={`Woken in ${minutes} min`}>
        {woken.toLocaleString('en')} <small>{plural(woken, 'request').replace(/^\S+ /, '')}</small>
      </Figure>
      <Figure name="Memory">{bytes(memory === 0 ? undefined : memory)}</Figure>
      <Figure name="Room taken" isHot={about.budget.waiting > 0}>
        {about.budget.instances.toLocaleString('en')} <small>{roomText(about.budget)}</small>
      </Figure>
    </dl>
  )
}

/** Of the host's budget; memory counts as instances are allowed to use it. */
function roomText({ instancesMax, memoryBytes, memoryMaxBytes, waiting }: Budget): string {
  return [
    memoryMaxBytes === undefined
      ? `of ${plural(instancesMax, 'instance')}`
      : `of ${instancesMax.toLocaleString('en')}, ${bytes(memoryBytes)} of ${bytes(memoryMaxBytes)}`,
    ...(waiting === 0 ? [] : [plural(waiting, 'function waits', 'functions wait')]),
  ].join(', ')
}

function Figure({
  name,
  isHot = false,
  children,
}: {
  name: string
  isHot?: boolean
  children: ComponentChildren
}) {
  return (
    <div class="figure" data-hot={isHot}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
