/** Calls back after `ms` unless the returned function is called first. */
export type SetTimer = (callback: () => void, ms: number) => () => void;

/**
 * The result of `work`, or `late()` when it takes longer than `ms`. The work goes on then, but nobody hears of it any more:
 * its failure is swallowed.
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, setTimer: SetTimer, late: () => T): Promise<T> {
  let cancel: () => void = () => undefined;
  const deadline = new Promise<'late'>((resolve) => {
    cancel = setTimer(() => resolve('late'), ms);
  });
  try {
    const settled = work.then((value) => ({ value }));
    const first = await Promise.race([settled, deadline]);
    if (first !== 'late') return first.value;
    settled.catch(() => undefined);
    return late();
  } finally {
    cancel();
  }
}
