/** The contract of functions that speak HTTP. */

export { HttpContract } from './http1.ts'
