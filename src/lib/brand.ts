/** Branded types: two strings that mean different things cannot be swapped. No cost at run time. */

declare const brand: unique symbol

/** A `T` that only its own constructor function makes. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
