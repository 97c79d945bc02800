/** Maps in order, with at most so many under way. */
export async function inBatches<T, R>(
  all: readonly T[],
  atOnce: number,
  act: (one: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lines = Array.from({ length: atOnce }, async () => {
    for (let index = next++; index < all.length; index = next++)
      results[index] = await act(all[index]!, index);
  });
  await Promise.all(lines);
  return results;
}
