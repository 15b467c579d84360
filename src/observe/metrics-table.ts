import { TASK_STATES } from '../domain/task.ts';
import type { TaskSnapshot } from '../task/task-api.ts';

/** A value per task; `extra` labels make several series of one task. */
interface Sample {
  readonly extra?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricEntry {
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly help: string;
  /** Labels besides `task`. */
  readonly labels: readonly string[];
  readonly read: (task: TaskSnapshot) => readonly Sample[];
}

const one = (
  kind: MetricEntry['kind'],
  name: string,
  help: string,
  read: (task: TaskSnapshot) => number,
): MetricEntry => ({
  name,
  kind,
  help,
  labels: [],
  read: (task) => [{ value: read(task) }],
});

/** Every metric of a task. Names end in their unit; positions are bytes of WAL. */
export const TASK_METRICS: readonly MetricEntry[] = [
  {
    name: 'cdc_task_info',
    kind: 'gauge',
    help: 'Always 1; joins the name of a task to its id',
    labels: ['id'],
    read: (task) => [{ extra: { id: task.id }, value: 1 }],
  },
  {
    name: 'cdc_task_state',
    kind: 'gauge',
    help: '1 for the state the task is in, 0 for all others',
    labels: ['state'],
    read: (task) => TASK_STATES.map((state) => ({ extra: { state }, value: state === task.state ? 1 : 0 })),
  },
  one('gauge', 'cdc_server_lsn_bytes', 'End of WAL the server last told', (task) => task.serverLsn),
  one('gauge', 'cdc_received_lsn_bytes', 'Highest WAL position received', (task) => task.receivedLsn),
  one(
    'gauge',
    'cdc_acknowledged_lsn_bytes',
    'WAL position below which Kafka has acknowledged all',
    (task) => task.acknowledgedLsn,
  ),
  one('gauge', 'cdc_confirmed_lsn_bytes', 'WAL position confirmed to the server', (task) => task.confirmedLsn),
  one('gauge', 'cdc_lag_bytes', 'WAL between the server and the confirmed position', (task) => task.lagBytes),
  one('gauge', 'cdc_lag_seconds', 'Age of the last acknowledged transaction while behind', (task) => task.lagMs / 1000),
  one('counter', 'cdc_records_total', 'Records acknowledged by Kafka', (task) => task.published),
  one('counter', 'cdc_record_bytes_total', 'Bytes of records acknowledged by Kafka', (task) => task.publishedBytes),
  one('counter', 'cdc_skipped_total', 'Changes left out by the error policy', (task) => task.skipped),
  one('gauge', 'cdc_held_bytes', 'Bytes received or encoded and not yet acknowledged', (task) => task.heldBytes),
  one(
    'counter',
    'cdc_paused_seconds_total',
    'Time the source was held back by the byte budget',
    (task) => task.pausedMs / 1000,
  ),
  one('counter', 'cdc_retries_total', 'Automatic restarts after a failure', (task) => task.retries),
];
