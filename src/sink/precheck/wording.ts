const SHOWN = 10;

/** Joins at most ten entries and says how many more there are. */
export function listed(entries: readonly string[], separator = ', '): string {
  const rest = entries.length - SHOWN;
  const shown = entries.slice(0, SHOWN).join(separator);
  return rest > 0 ? `${shown}${separator}and ${rest} more` : shown;
}

/** `1 topic`, `3 topics`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
