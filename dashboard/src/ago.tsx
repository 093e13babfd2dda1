/** How long something is past or to come, kept right once a second without drawing what is around it. */

import { roughly } from './format.ts'
import { now } from './model.ts'
import { useValue } from './observable.ts'

export function Ago({ at }: { at: number }) {
  return (
    <>
      {roughly(useValue(now) - at)}
      <span class="ago"> ago</span>
    </>
  )
}

export function In({ at }: { at: number }) {
  return <>{roughly(Math.max(0, at - useValue(now)))}</>
}
