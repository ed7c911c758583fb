declare const brand: unique symbol;

/**
 * A primitive that TypeScript does not let you mistake for another. We brand the values that meet in
 * one signature, and nothing else.
 */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
