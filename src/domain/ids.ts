/** The names of things, branded so that one cannot stand in for another. */

import type { Brand } from '../lib/brand.ts'

/** A function's name in `gateway.yaml`: `[a-z0-9]([a-z0-9-]*[a-z0-9])?`, at most 63 characters. */
export type FunctionId = Brand<string, 'FunctionId'>
/** A hash of everything that makes two runs of a function different. */
export type RevisionId = Brand<string, 'RevisionId'>
/** One instance, unique over all gateways and for ever. */
export type InstanceId = Brand<string, 'InstanceId'>
/**
 * One run of an instance: an existing container keeps its id over many runs. The text begins with the
 * start time in a form that sorts, so that of two runs of one instance the greater one is the later one.
 */
export type RunId = Brand<string, 'RunId'>
/** Whose containers these are: one gateway's state directory. */
export type OwnerId = Brand<string, 'OwnerId'>

export const functionId = (text: string): FunctionId => text as FunctionId
export const revisionId = (text: string): RevisionId => text as RevisionId
export const instanceId = (text: string): InstanceId => text as InstanceId
export const ownerId = (text: string): OwnerId => text as OwnerId

/** Builds a run's id from its start time (any monotone text or number) and what the runtime calls the run. */
export const runId = (startedAt: string, name: string): RunId => `${startedAt}/${name}` as RunId
