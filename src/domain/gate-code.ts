type SnakeCase<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : '';

/**
 * The code of a closed gate, see `codes.ts`: a reason without a code does not compile. A file of its own, so that
 * workflows do not load the table.
 */
export function gateCode<Reason extends string>(reason: Reason): `gate.${SnakeCase<Reason>}` {
  const snake = reason.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `gate.${snake as SnakeCase<Reason>}`;
}
