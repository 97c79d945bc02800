interface Asked<Item, Answer> {
  readonly item: Item;
  readonly answered: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Joins calls about one key: what is asked while a call is under way goes out together with the next one. Each caller gets its own
 * answer; a failure is the failure of all whose items were in that call. With one caller at a time there is no delay.
 */
export function inBatches<Item, Answer>(
  call: (key: string, items: readonly Item[]) => Promise<readonly Answer[]>,
  most: number,
): (key: string, item: Item) => Promise<Answer> {
  const waiting = new Map<string, Asked<Item, Answer>[]>();
  const callNext = async (key: string, asked: Asked<Item, Answer>[]): Promise<void> => {
    const batch = asked.splice(0, most);
    try {
      const answers = await call(
        key,
        batch.map(({ item }) => item),
      );
      batch.forEach(({ answered }, index) => {
        answered(answers[index] as Answer);
      });
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  };
  const callAll = async (key: string, asked: Asked<Item, Answer>[]): Promise<void> => {
    while (asked.length > 0) await callNext(key, asked);
    waiting.delete(key);
  };
  return async (key, item) =>
    await new Promise((answered, failed) => {
      const asked = waiting.get(key);
      const own = { item, answered, failed };
      if (asked !== undefined) {
        asked.push(own);
        return;
      }
      const first = [own];
      waiting.set(key, first);
      void callAll(key, first);
    });
}
