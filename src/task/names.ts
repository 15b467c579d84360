import { randomInt } from 'node:crypto';

/** Node name of a source that is a single server (contract). */
export const DEFAULT_NODE = 'default';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const TASK_ID_LENGTH = 12;
const GENERATED = /^gausscast_([a-z0-9]{8})_([a-z0-9]{12})$/;

/** A new task id: 12 random characters [a-z0-9], so that it fits slot names and is never given twice. */
export function newTaskId(): string {
  return Array.from({ length: TASK_ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** Slot of a task that names none: `gausscast_<installation>_<task>`, 31 characters. */
export function generatedSlotName(installationId: string, taskId: string): string {
  return `gausscast_${installationId}_${taskId}`;
}

/** Publication that a task manages by itself; called like the generated slot, so that cleanup finds it. */
export function managedPublicationName(installationId: string, taskId: string): string {
  return generatedSlotName(installationId, taskId);
}

/** Who made a slot or publication of this name; null when the name was not generated. */
export function parseGeneratedName(name: string): { readonly installationId: string; readonly taskId: string } | null {
  const match = GENERATED.exec(name);
  return match && { installationId: match[1]!, taskId: match[2]! };
}
