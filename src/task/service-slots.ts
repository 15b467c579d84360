import type { SlotInfo } from '../source/source.ts';
import type { StoredTask } from '../store/store.ts';
import { parseGeneratedName } from './names.ts';
import { releaseEvents } from './release.ts';
import { namesOf, requireTask, type ServiceDeps } from './service-deps.ts';
import { dropSelected, dropSlotByName, listSlots, type SlotOwner, withAdmin } from './slot-cleanup.ts';
import { toSourceEndpoint } from './spec.ts';
import { specOf } from './stored-spec.ts';
import type { TaskApi } from './task-api.ts';

/** Slots on the source of a task. Errors: TASK_NOT_FOUND, SOURCE_*. */
export function slotCommands(deps: ServiceDeps): Pick<TaskApi, 'slots' | 'cleanupSlots' | 'dropSlot'> {
  const { store } = deps;
  const open = (id: string) => {
    const task = requireTask(store, id);
    const { source } = specOf(task);
    return { task, driver: deps.sourceDriver(source.dialect), endpoint: toSourceEndpoint(source) };
  };
  return {
    slots: async (id) => {
      const { task, driver, endpoint } = open(id);
      return withAdmin(driver, endpoint, (admin) => listSlots(admin, (slot) => ownerOf(deps, task, slot)));
    },
    cleanupSlots: async (id, { dryRun = false }, actor) => {
      const { task, driver, endpoint } = open(id);
      const select = (slot: SlotInfo) => ownerOf(deps, task, slot) === 'orphan';
      const result = await dropSelected({ driver, endpoint, select, terminate: true, dryRun });
      if (!dryRun) for (const event of releaseEvents(result)) store.addEvent(task.id, { ...event, actor });
      return result;
    },
    dropSlot: async (id, slot, actor) => {
      const { task, driver, endpoint } = open(id);
      const result = await dropSlotByName(driver, endpoint, slot);
      for (const event of releaseEvents(result)) store.addEvent(task.id, { ...event, actor });
      return result;
    },
  };
}

/** The task's own; an orphan: a generated name of this installation whose task is gone; else foreign, other tasks' too. */
function ownerOf({ store }: ServiceDeps, task: StoredTask, { slot }: SlotInfo): SlotOwner {
  if (slot === namesOf(store, task, specOf(task).source).slot) return 'task';
  const made = parseGeneratedName(slot);
  if (made === null || made.installationId !== store.installationId) return 'foreign';
  return store.findTask(made.taskId)?.id === made.taskId ? 'foreign' : 'orphan';
}
