/**
 * Work on every core, away from the test runner: that follows each promise from its beginning to its end, which takes four
 * fifths of a simulation's time. A script answers each message with one of its own.
 */

// oxlint-disable unicorn/require-post-message-target-origin -- a thread is no window
import { availableParallelism } from 'node:os'
import { Worker, parentPort } from 'node:worker_threads'

interface Answer<R> {
  readonly result?: R
  readonly error?: string
}

/** What became of each job, in their order. */
export async function onThreads<R>(script: URL, jobs: readonly unknown[]): Promise<readonly R[]> {
  const results = new Map<number, R>()
  const left = jobs.entries()
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(script))
  const one = async (worker: Worker): Promise<void> => {
    for (const [at, job] of left) results.set(at, await answered<R>(worker, job))
  }
  try {
    await Promise.all(workers.map(one))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return jobs.map((_, at) => results.get(at) as R)
}

function answered<R>(worker: Worker, job: unknown): Promise<R> {
  const { promise, resolve, reject } = Promise.withResolvers<R>()
  const answer = ({ result, error }: Answer<R>): void =>
    error === undefined ? resolve(result as R) : reject(new Error(error))
  worker.once('message', answer)
  worker.once('error', reject)
  worker.postMessage(job)
  return promise.finally(() => {
    worker.off('message', answer)
    worker.off('error', reject)
  })
}

/** In a script: does what is asked, one job after the other. */
export function serve(work: (job: never) => Promise<unknown>): void {
  parentPort?.on('message', (job: unknown) => {
    void work(job as never).then(
      (result) => parentPort?.postMessage({ result }),
      (error: unknown) => parentPort?.postMessage({ error: String(error) }),
    )
  })
}
