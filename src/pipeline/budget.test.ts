import { describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';

describe('Budget', () => {
  it('pauses over a limit and resumes at half of it', () => {
    const clock = { now: 0 };
    const budget = new Budget({ maxHeldBytes: 100, maxBatches: 4 }, () => clock.now);
    expect(budget.mustPause(100, 3)).toBe(false);
    expect(budget.mustPause(101, 3)).toBe(true);
    expect(budget.mustPause(200, 9)).toBe(false);
    clock.now = 70;
    expect(budget.pausedMs).toBe(70);
    expect(budget.mayResume(51, 0)).toBe(false);
    expect(budget.mayResume(50, 3)).toBe(false);
    expect(budget.mayResume(50, 2)).toBe(true);
    expect(budget.isPaused).toBe(false);
    expect(budget.pausedMs).toBe(70);
  });

  it('pauses when too many batches wait, however small', () => {
    const budget = new Budget({ maxHeldBytes: 100, maxBatches: 4 }, () => 0);
    expect(budget.mustPause(1, 4)).toBe(true);
  });
});
