import { describe, expect, it } from 'vitest';
import type { TaskSnapshot } from '../task/task-api.ts';
import { createMetrics } from './metrics.ts';
import { TASK_METRICS } from './metrics-table.ts';

const snapshot: TaskSnapshot = {
  id: 't1',
  name: 'orders',
  state: 'INCREMENTAL',
  receivedLsn: 300,
  acknowledgedLsn: 200,
  confirmedLsn: 100,
  serverLsn: 400,
  lagBytes: 300,
  lagMs: 1500,
  published: 7,
  publishedBytes: 700,
  skipped: 1,
  heldBytes: 64,
  pausedMs: 2500,
  retries: 2,
};

describe('createMetrics', () => {
  it('reads every value at the scrape, in base units', async () => {
    const text = await createMetrics(() => [snapshot], '1.2.3').text();
    for (const line of [
      'cdc_build_info{version="1.2.3"} 1',
      'cdc_task_info{task="orders",id="t1"} 1',
      'cdc_task_state{task="orders",state="INCREMENTAL"} 1',
      'cdc_task_state{task="orders",state="PAUSED"} 0',
      'cdc_server_lsn_bytes{task="orders"} 400',
      'cdc_received_lsn_bytes{task="orders"} 300',
      'cdc_acknowledged_lsn_bytes{task="orders"} 200',
      'cdc_confirmed_lsn_bytes{task="orders"} 100',
      'cdc_lag_bytes{task="orders"} 300',
      'cdc_lag_seconds{task="orders"} 1.5',
      'cdc_records_total{task="orders"} 7',
      'cdc_record_bytes_total{task="orders"} 700',
      'cdc_skipped_total{task="orders"} 1',
      'cdc_held_bytes{task="orders"} 64',
      'cdc_paused_seconds_total{task="orders"} 2.5',
      'cdc_retries_total{task="orders"} 2',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('holds the metrics of the process too', async () => {
    expect(await createMetrics(() => [], '0').text()).toContain('process_cpu_seconds_total');
  });

  it('does not add up over scrapes and forgets a task that is gone', async () => {
    let tasks: readonly TaskSnapshot[] = [snapshot];
    const metrics = createMetrics(() => tasks, '0');
    await metrics.text();
    expect(await metrics.text()).toContain('cdc_records_total{task="orders"} 7');
    tasks = [];
    expect(await metrics.text()).not.toContain('task="orders"');
  });

  it('escapes what a task name may hold', async () => {
    const text = await createMetrics(() => [{ ...snapshot, name: 'a"b\\c' }], '0').text();
    expect(text).toContain('cdc_lag_bytes{task="a\\"b\\\\c"} 300');
  });

  it('names every metric cdc_ with its unit, counters with _total', () => {
    for (const entry of TASK_METRICS) {
      expect(entry.name).toMatch(/^cdc_[a-z_]+$/);
      expect(entry.name.endsWith('_total')).toBe(entry.kind === 'counter');
    }
  });
});
