/** What commands are given for, and what the events that answer them carry. */

import type { FunctionSpec } from '../domain/function.ts'
import type { InstanceId } from '../domain/ids.ts'
import type { EventName, State } from '../domain/state.ts'
import type { Exit, Running } from '../runtime/runtime.ts'
import type { Failure } from './failure.ts'

/** What an event may carry. */
export interface Detail {
  readonly running?: Running
  readonly exit?: Exit
  readonly failure?: Failure
  readonly found?: 'running' | 'frozen' | 'other'
}

/** What commands need to know of the instance they act for. */
export interface Subject {
  readonly id: InstanceId
  readonly fn: FunctionSpec
  readonly state: State
  deliver(event: EventName, detail?: Detail): void
  /** The pull is over: the start deadline begins. */
  prepared(): void
}
