/** Schemas of answers, for docs/openapi.json. They are made after our own types, and do not compile with another member. */
import { z } from 'zod';

type Shape<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? z.ZodOptional<z.ZodType<Exclude<T[K], undefined>>>
    : z.ZodType<T[K]>;
};

/** An object with exactly the members of `T`. */
export function answer<T extends object>(shape: Shape<T>): z.ZodType<T> {
  return z.object(shape) as unknown as z.ZodType<T>;
}

/** One of the words of a union: all of them, each once. */
export function oneOf<T extends string>(words: Readonly<Record<T, true>>): z.ZodType<T> {
  return z.enum(Object.keys(words) as T[]);
}

/** Words of which a program should expect new ones. */
export function wordOf<T extends string>(meaning: string): z.ZodType<T> {
  return z.string().describe(meaning) as z.ZodType<unknown> as z.ZodType<T>;
}

export const text = z.string();
export const texts = z.array(text);
export const textOrNull = text.nullable();
export const flag = z.boolean();
export const number = z.number();
export const ms = z.number().describe('Milliseconds; of an instant since 1970, UTC.');
export const msOrNull = ms.nullable();
