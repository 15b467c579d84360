import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { TaskSnapshot } from '../task/task-api.ts';
import { type MetricEntry, TASK_METRICS } from './metrics-table.ts';

export interface Metrics {
  readonly contentType: string;
  /** All metrics in Prometheus text format, read at this moment. */
  text(): Promise<string>;
}

/**
 * Metrics of all tasks and of the process. `snapshots` is asked once per scrape; nothing is counted here, so a task that
 * is gone leaves no series behind.
 */
export function createMetrics(snapshots: () => readonly TaskSnapshot[], version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const info = {
    name: 'cdc_build_info',
    help: 'Always 1; the version that runs',
    labelNames: ['version'],
    registers: [registry],
  };
  new Gauge(info).set({ version }, 1);
  const series = TASK_METRICS.map((entry) => ({ entry, metric: register(entry, registry) }));
  return {
    contentType: registry.contentType,
    text: () => {
      const tasks = snapshots();
      for (const { entry, metric } of series) fill(entry, metric, tasks);
      return registry.metrics();
    },
  };
}

function register(entry: MetricEntry, registry: Registry): Gauge | Counter {
  const settings = { name: entry.name, help: entry.help, labelNames: ['task', ...entry.labels], registers: [registry] };
  return entry.kind === 'gauge' ? new Gauge(settings) : new Counter(settings);
}

/** `inc` after `reset` sets either kind; a counter that starts over with its task is what Prometheus expects. */
function fill(entry: MetricEntry, metric: Gauge | Counter, tasks: readonly TaskSnapshot[]): void {
  metric.reset();
  for (const task of tasks) {
    for (const sample of entry.read(task)) {
      if (Number.isFinite(sample.value)) metric.inc({ task: task.name, ...sample.extra }, sample.value);
    }
  }
}
