import { readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { caughtUp, currentLsn, lsnNumber, slotRow } from '../support/caught-up.ts';
import { eventually } from '../support/poll.ts';
import { startScenario } from '../support/scenario.ts';
import { useServers } from '../support/servers.ts';
import { taskSpec } from '../support/task-spec.ts';

const ROWS = 500_000;
const MOST_RSS_MB = 256;

describe('a transaction of 500,000 rows', () => {
  it('arrives whole, in bounded memory, and the slot advances afterwards', async () => {
    await using scenario = await startScenario('big');
    const { api, sql, db, service } = scenario;
    await sql.query('create table wide (id int primary key, a text, b text, n numeric, at timestamptz, ok boolean)');
    const task = await api.run(taskSpec(db.config, ['public.wide']));
    await sql.query(
      `insert into wide select g, md5(g::text), repeat('text ', 20), g / 7.0, now(), g % 2 = 0 from generate_series(1, ${ROWS}) g`,
    );
    const committedAt = lsnNumber(await currentLsn(sql));
    await caughtUp(api, task.id, sql, 180_000);
    await eventually(
      'the slot to advance',
      async () => lsnNumber((await slotRow(sql, task.slot))!.confirmed!) >= committedAt,
    );
    const peakMb = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))![1]) / 1024;
    expect(peakMb).toBeLessThan(MOST_RSS_MB);

    const { records, progress } = {
      records: await countIds(`${db.name}.public.wide`),
      progress: await api.progress(task.id),
    };
    expect(records).toEqual({ count: ROWS, distinct: ROWS });
    expect(progress.records.published).toBe(ROWS);
    await sql.query('delete from wide where id = 1');
    await caughtUp(api, task.id, sql);
    expect((await countIds(`${db.name}.public.wide`)).count).toBe(ROWS + 1);
  }, 300_000);
});

/** Records of a topic, and how many different ids their keys have; keeps none of them, half a million would fill the memory. */
async function countIds(topic: string): Promise<{ count: number; distinct: number }> {
  const kafka = new Kafka({ brokers: [useServers().kafka.bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const total = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: `count-${topic}-${Date.now()}`, maxWaitTimeInMs: 200 });
  const seen = new Uint8Array(ROWS + 1);
  let count = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { key } of batch.messages) seen[Number(/^\{"id":"(\d+)"\}$/.exec(String(key))![1])] = 1;
      count += batch.messages.length;
    },
  });
  await eventually(`${total} records`, () => count >= total, { timeoutMs: 120_000 });
  await consumer.disconnect();
  return { count, distinct: seen.reduce((sum, bit) => sum + bit, 0) };
}
