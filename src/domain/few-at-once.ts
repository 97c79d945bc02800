/** Enough to hide latency, few enough for one small worker. */
const FEW = 8;

/**
 * Maps in the order of the items, with at most `width` calls under way. After a failure no further call is begun, and it
 * is thrown.
 */
export async function fewAtOnce<Item, Answer>(
  items: readonly Item[],
  call: (item: Item, index: number) => Promise<Answer>,
  width = FEW,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      try {
        answers[index] = await call(items[index] as Item, index);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, caller));
  return answers;
}
