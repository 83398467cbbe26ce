/**
 * at-most - the same work for many items, so many at once.
 */

/** Runs `work` for each item, in order of the list, at most `most` at the same time. After an error nothing more is begun. @throws the first error of `work`, once what was begun has ended */
export async function forEachAtMost<T>(
  most: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  let left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  const errors: unknown[] = [];
  const workers = Array.from({ length: Math.min(most, items.length) }, () =>
    worker().catch((error: unknown) => {
      left = [];
      errors.push(error);
    }),
  );
  await Promise.all(workers);
  if (errors.length > 0) throw errors[0];
}
