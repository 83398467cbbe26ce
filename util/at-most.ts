/**
 * at-most - the same work for many items, so many at once.
 */

/** Runs `work` for each item, in order of the list, at most `most` at the same time. @throws the first error of `work`, once the workers have ended */
export async function forEachAtMost<T>(
  most: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}
