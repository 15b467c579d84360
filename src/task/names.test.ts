import { describe, expect, it } from 'vitest';
import { generatedSlotName, managedPublicationName, newTaskId, parseGeneratedName } from './names.ts';

describe('generated names', () => {
  it('are legal slot names that lead back to installation and task', () => {
    const taskId = newTaskId();
    expect(taskId).toMatch(/^[a-z0-9]{12}$/);
    const name = generatedSlotName('inst0001', taskId);
    expect(name).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
    expect(parseGeneratedName(name)).toEqual({ installationId: 'inst0001', taskId });
    expect(parseGeneratedName(managedPublicationName('inst0001', taskId))?.taskId).toBe(taskId);
  });

  it('are not taken for ours when a part is missing, longer or in capitals', () => {
    for (const name of [
      'gausscast_orders',
      'gausscast_inst0001_short',
      'gausscast_inst0001_abcdefghijkl2',
      'gausscast_INST0001_abcdefghijkl',
      'x_gausscast_inst0001_abcdefghijkl',
    ]) {
      expect(parseGeneratedName(name)).toBeNull();
    }
  });
});
