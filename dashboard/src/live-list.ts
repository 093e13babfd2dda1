/** The newest of what a stream tells, for a component that shows it; drawn at most once per frame. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { follow } from './stream.ts'

export interface LiveList<T> {
  /** Oldest first. */
  readonly all: readonly T[]
  readonly link: 'connecting' | 'open' | 'lost' | 'refused'
}

/** While `isHeld` nothing is added to what is shown; what came meanwhile is shown afterwards. */
export function useLiveList<T>(path: string, max: number, isHeld: boolean): LiveList<T> {
  const [list, setList] = useState<LiveList<T>>({ all: [], link: 'connecting' })
  const kept = useRef<T[]>([])
  const held = useRef(isHeld)
  held.current = isHeld
  useEffect(() => {
    let frame = 0
    let link: LiveList<T>['link'] = 'connecting'
    kept.current = []
    const draw = (): void => {
      frame = 0
      if (!held.current) setList({ all: kept.current, link })
    }
    const ask = (): void => {
      if (frame === 0) frame = requestAnimationFrame(draw)
    }
    const end = follow(path, {
      message: (value) => {
        kept.current = [...kept.current, value as T].slice(-max)
        ask()
      },
      link: (state) => {
        link = state
        ask()
      },
    })
    return () => {
      cancelAnimationFrame(frame)
      end()
    }
  }, [path, max])
  useEffect(() => {
    if (!isHeld) setList(({ link }) => ({ all: kept.current, link }))
  }, [isHeld])
  return list
}
